//! `s.giveroom(room, user)`: another member owns the room.

use schemars::JsonSchema;
use serde::Deserialize;

use super::act;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::message::mail::{Act, RoomDone};
use crate::registry::permissions::Permission;

/// Gives your room to another member, who owns it from then on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GiveRoom {
    /// Its name.
    room: String,
    /// The user name of a member.
    user: String,
}

impl Command for GiveRoom {
    const NAME: &'static str = "s.giveroom";
    const CATEGORY: Category = Category::Messages;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = RoomDone;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        act(house, caller, self.room, Act::Give(self.user)).await
    }
}
