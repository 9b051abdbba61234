//! `s.removemember(room, user, for_good?)`: sends somebody out of a room.

use schemars::JsonSchema;
use serde::Deserialize;

use super::act;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::message::mail::{Act, RoomDone};
use crate::registry::permissions::Permission;

/// Sends somebody out of a room, or away from before its door; for its owner and operators. The owner is not sent away.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveMember {
    /// Its name.
    room: String,
    /// Their user name.
    user: String,
    /// Whether they may not come again, until they are invited.
    for_good: Option<bool>,
}

impl Command for RemoveMember {
    const NAME: &'static str = "s.removemember";
    const CATEGORY: Category = Category::Messages;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = RoomDone;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        act(
            house,
            caller,
            self.room,
            Act::Remove(self.user, self.for_good == Some(true)),
        )
        .await
    }
}
