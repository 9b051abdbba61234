//! `s.receipts(on)`: whether senders hear when one has read.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::message::store::inbox_set_receipts;
use crate::registry::permissions::Permission;

/// Says whether those who write to you hear when you have read it. They do until you say otherwise.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Receipts {
    /// Whether they hear.
    on: bool,
}

impl Command for Receipts {
    const NAME: &'static str = "s.receipts";
    const CATEGORY: Category = Category::Messages;
    const NEEDS: Permission = Permission::User;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let (user, on) = (caller.user()?, self.on);
        house
            .store
            .write(move |conn| inbox_set_receipts(conn, user, on))
            .await?;
        let heard = if on { "hear" } else { "do not hear" };
        Ok(format!("Senders {heard} when you have read"))
    }
}
