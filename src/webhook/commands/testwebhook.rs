//! `s.testwebhook(webhook)`: sends something for the sake of trying.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{HookView, kept_hook};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Delivers an event `test`, behind whatever waits. `failures` of the listing tells whether it arrived.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TestWebhook {
    /// Its number.
    webhook: i64,
}

impl Command for TestWebhook {
    const NAME: &'static str = "s.testwebhook";
    const CATEGORY: Category = Category::Bot;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = HookView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let hook = super::meant(caller, house, self.webhook).await?;
        let change = caller.change(house.clock.now());
        let hook = house.hooks.test(hook.id, change, kept_hook).await?;
        Ok(HookView::from(&hook))
    }
}
