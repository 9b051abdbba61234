//! `s.leaveroom(room)`: goes out of a room.

use schemars::JsonSchema;
use serde::Deserialize;

use super::act;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::message::mail::{Act, RoomDone};
use crate::registry::permissions::Permission;

/// Goes out of a room, or takes back a wish to come in. When the owner goes, the room is owned by who has been in it the longest; with nobody left it ends.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LeaveRoom {
    /// Its name.
    room: String,
}

impl Command for LeaveRoom {
    const NAME: &'static str = "s.leaveroom";
    const CATEGORY: Category = Category::Messages;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = RoomDone;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        act(house, caller, self.room, Act::Leave).await
    }
}
