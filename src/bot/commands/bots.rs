//! `s.bots(authorised?, after?)`: the bots.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::BotView;
use crate::bot::roster;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Bots in one answer; `after` gives the next page.
const LIST_MAX: i64 = 200;

/// Lists the bots by name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Bots {
    /// Only those that may speak, or only those that may not.
    authorised: Option<bool>,
    /// Only those with a name behind this one.
    after: Option<String>,
}

impl Command for Bots {
    const NAME: &'static str = "s.bots";
    const CATEGORY: Category = Category::Bot;
    const NEEDS: Permission = Permission::Manager;
    type Reply = Vec<BotView>;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let after = self.after.unwrap_or_default();
        let listed = roster::list(&house.store, self.authorised, after, LIST_MAX).await?;
        Ok(listed.iter().map(BotView::from).collect())
    }
}
