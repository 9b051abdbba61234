//! `s.removewebhook(webhook)`: nothing is delivered there any more.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{HookView, kept_hook};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Forgets a webhook and what waits for it; answers what it was.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveWebhook {
    /// Its number.
    webhook: i64,
}

impl Command for RemoveWebhook {
    const NAME: &'static str = "s.removewebhook";
    const CATEGORY: Category = Category::Bot;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = HookView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let hook = super::meant(caller, house, self.webhook).await?;
        let change = caller.change(house.clock.now());
        let hook = house.hooks.remove(hook.id, change, kept_hook).await?;
        Ok(HookView::from(&hook))
    }
}
