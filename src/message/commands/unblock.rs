//! `s.unblock(user)`: messages of somebody come again.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::message::store::block_delete;
use crate::registry::permissions::Permission;

/// Lets messages of somebody into your inbox again. What they sent meanwhile does not come.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Unblock {
    /// Their user name.
    user: String,
}

impl Command for Unblock {
    const NAME: &'static str = "s.unblock";
    const CATEGORY: Category = Category::Messages;
    const NEEDS: Permission = Permission::User;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let user = caller.user()?;
        let blocked = house.accounts.user_by_name(&self.user).await?;
        let was_blocked = house
            .store
            .write(move |conn| block_delete(conn, user, blocked.id))
            .await?;
        house.places.set_blocked(user, blocked.id, false);
        Ok(if was_blocked {
            format!("Unblocked user '{}'", blocked.username)
        } else {
            format!("User '{}' is not blocked", blocked.username)
        })
    }
}
