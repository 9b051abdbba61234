//! `s.joinroom(room)`: comes into a room, or asks to.

use schemars::JsonSchema;
use serde::Deserialize;

use super::act;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::message::mail::{Act, RoomDone};
use crate::registry::permissions::Permission;

/// Comes into a room: at once where it is open or you were invited, else its owner is asked. Leaving the server is not leaving the room.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct JoinRoom {
    /// Its name.
    room: String,
}

impl Command for JoinRoom {
    const NAME: &'static str = "s.joinroom";
    const CATEGORY: Category = Category::Messages;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = RoomDone;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        act(house, caller, self.room, Act::Join).await
    }
}
