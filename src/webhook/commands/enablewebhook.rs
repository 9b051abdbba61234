//! `s.enablewebhook(webhook, enabled?)`: switches a webhook on again, or off.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{HookView, kept_hook};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Switches a webhook on again, such as after its receiver failed too often; with `enabled` false off. What waited is
/// delivered then; what happened while it was off is not.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EnableWebhook {
    /// Its number.
    webhook: i64,
    /// False switches it off.
    enabled: Option<bool>,
}

impl Command for EnableWebhook {
    const NAME: &'static str = "s.enablewebhook";
    const CATEGORY: Category = Category::Bot;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = HookView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let hook = super::meant(caller, house, self.webhook).await?;
        let is_on = self.enabled.unwrap_or(true);
        let change = caller.change(house.clock.now());
        let hook = house.hooks.switch(hook.id, is_on, change, kept_hook).await?;
        Ok(HookView::from(&hook))
    }
}
