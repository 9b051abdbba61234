//! `s.newwebhook(url, events..)`: has events delivered to a URL.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::SecretView;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Has events delivered to a URL, signed with a secret that is shown this once. Operators may ask for any event, a bot for
/// `bot_message` of its building.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewWebhook {
    /// Where to: `https`, at most 500 bytes, an address of the public internet.
    url: String,
    /// `bot_message`, `change`, or `change:` and a kind such as `booking`; 1 to 16.
    events: Vec<String>,
}

impl Command for NewWebhook {
    const NAME: &'static str = "s.newwebhook";
    const CATEGORY: Category = Category::Bot;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = SecretView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let owner = super::owner(caller, house).await?;
        let change = caller.change(house.clock.now());
        let (hook, secret) = house.hooks.make(owner, self.url, self.events, change).await?;
        Ok(SecretView::of(hook, secret))
    }
}
