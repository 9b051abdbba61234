//! `s.notices()`: the emergency notices in force.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::message::mail::NoticeView;
use crate::registry::permissions::Permission;

/// Lists the emergency notices in force, oldest first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Notices {}

impl Command for Notices {
    const NAME: &'static str = "s.notices";
    const CATEGORY: Category = Category::Messages;
    const NEEDS: Permission = Permission::Guest;
    type Reply = Vec<NoticeView>;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let notices = house.mail.notices_in_force();
        Ok(notices.iter().map(|notice| NoticeView::from(&**notice)).collect())
    }
}
