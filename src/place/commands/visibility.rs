//! `s.visibility()`: who sees me.

use schemars::JsonSchema;
use serde::Deserialize;

use super::visible::VisibilityView;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::place::store::settings_find;
use crate::registry::permissions::Permission;

/// Tells who sees where you are, how precisely, until when, and how far you look.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Visibility {}

impl Command for Visibility {
    const NAME: &'static str = "s.visibility";
    const CATEGORY: Category = Category::Places;
    const NEEDS: Permission = Permission::User;
    type Reply = VisibilityView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let (user, now, standards) = (caller.user()?, house.clock.now(), house.places.standards());
        let read = house.store.read(move |conn| {
            let chosen = settings_find(conn, user)?;
            VisibilityView::read(conn, &chosen, &standards, now)
        });
        Ok(read.await?)
    }
}
