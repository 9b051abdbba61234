//! `s.invitemember(room, user)`: lets somebody in.

use schemars::JsonSchema;
use serde::Deserialize;

use super::act;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::message::mail::{Act, RoomDone};
use crate::registry::permissions::Permission;

/// Lets somebody into your room: who asked is in at once, others come in when they join. Somebody who was banned may come again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Invite {
    /// Its name.
    room: String,
    /// Their user name.
    user: String,
}

impl Command for Invite {
    const NAME: &'static str = "s.invitemember";
    const CATEGORY: Category = Category::Messages;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = RoomDone;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        act(house, caller, self.room, Act::Invite(self.user)).await
    }
}
