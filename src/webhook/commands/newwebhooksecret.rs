//! `s.newwebhooksecret(webhook)`: another secret for a webhook.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::SecretView;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Gives a webhook another secret, shown this once. Whatever is delivered from now on is signed with it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewWebhookSecret {
    /// Its number.
    webhook: i64,
}

impl Command for NewWebhookSecret {
    const NAME: &'static str = "s.newwebhooksecret";
    const CATEGORY: Category = Category::Bot;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = SecretView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let hook = super::meant(caller, house, self.webhook).await?;
        let change = caller.change(house.clock.now());
        let (hook, secret) = house.hooks.new_secret(hook.id, change).await?;
        Ok(SecretView::of(hook, secret))
    }
}
