//! `s.newroom(room, entry?, history?)`: makes a room.

use schemars::JsonSchema;
use serde::Deserialize;

use super::act;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::message::entry::{Entry, History};
use crate::message::mail::{Act, RoomDone};
use crate::registry::permissions::Permission;

/// Makes a room that is yours, and puts you into it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRoom {
    /// Its name; 3 to 32 letters, digits, `_`, `-` and `.`.
    room: String,
    /// Who comes in: open to everybody, asking the owner, or invited only. Left out, open.
    entry: Option<Entry>,
    /// From when on members see what was said: from when they joined, or all. Left out, joined.
    history: Option<History>,
}

impl Command for NewRoom {
    const NAME: &'static str = "s.newroom";
    const CATEGORY: Category = Category::Messages;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = RoomDone;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        act(
            house,
            caller,
            self.room,
            Act::Make(self.entry.unwrap_or_default(), self.history.unwrap_or_default()),
        )
        .await
    }
}
