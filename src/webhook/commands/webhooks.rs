//! `s.webhooks(after?)`: where events are delivered to.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::HookView;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Webhooks in one answer; `after` gives the next page.
const LIST_MAX: i64 = 50;

/// Lists webhooks by number: a bot its own, an operator those of all.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Webhooks {
    /// Only those with a higher number.
    after: Option<i64>,
}

impl Command for Webhooks {
    const NAME: &'static str = "s.webhooks";
    const CATEGORY: Category = Category::Bot;
    const NEEDS: Permission = Permission::User;
    type Reply = Vec<HookView>;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let owner = if caller.is_operator() {
            None
        } else {
            Some(super::owner(caller, house).await?)
        };
        let after = self.after.unwrap_or_default();
        let listed = house.hooks.list(owner, after, LIST_MAX).await?;
        Ok(listed.iter().map(HookView::from).collect())
    }
}
