//! `s.closeroom(room)`: ends a room.

use schemars::JsonSchema;
use serde::Deserialize;

use super::act;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::message::mail::{Act, RoomDone};
use crate::registry::permissions::Permission;

/// Ends a room; for its owner and operators. What was said stays in the inboxes of those it was for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CloseRoom {
    /// Its name.
    room: String,
}

impl Command for CloseRoom {
    const NAME: &'static str = "s.closeroom";
    const CATEGORY: Category = Category::Messages;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = RoomDone;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        act(house, caller, self.room, Act::Close).await
    }
}
