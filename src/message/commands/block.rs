//! `s.block(user)`: no more messages of somebody.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::message::store::block_insert;
use crate::registry::permissions::Permission;
use crate::store::StoreError;
use crate::wire::ErrorCode;

/// Keeps the messages of somebody out of your inbox from now on, and neither of you sees where the other is. They are not
/// told: what they send is answered as before.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Block {
    /// Their user name.
    user: String,
}

impl Command for Block {
    const NAME: &'static str = "s.block";
    const CATEGORY: Category = Category::Messages;
    const NEEDS: Permission = Permission::User;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let user = caller.user()?;
        let blocked = house.accounts.user_by_name(&self.user).await?;
        if blocked.id == user {
            return Err(Error::new(ErrorCode::BadArguments, "you cannot block yourself"));
        }
        let at = house.clock.now().as_microsecond();
        let written = house
            .store
            .write(move |conn| block_insert(conn, user, blocked.id, at))
            .await;
        if written.is_ok() {
            house.places.set_blocked(user, blocked.id, true);
        }
        match written {
            Ok(true) => Ok(format!("Blocked user '{}'", blocked.username)),
            Ok(false) => Ok(format!("User '{}' is already blocked", blocked.username)),
            Err(StoreError::Conflict { what }) => Err(Error::new(ErrorCode::NotNow, what)),
            Err(err) => Err(err.into()),
        }
    }
}
