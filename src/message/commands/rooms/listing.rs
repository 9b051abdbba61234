//! `s.rooms(mine?, after?)`: which rooms there are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::asker;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::message::entry::{Entry, Standing};
use crate::message::store::{RoomListed, room_list};
use crate::registry::permissions::Permission;

/// Rooms in one answer; `after` gives the next page.
const LIST_MAX: i64 = 100;

/// Lists rooms by name, at most 100: those you are in, and those you may know of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rooms {
    /// Only those you are in.
    mine: Option<bool>,
    /// Only rooms behind this name.
    after: Option<String>,
}

/// One room.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Shown {
    room: String,
    owner: String,
    entry: Entry,
    members: i64,
    /// Whether you are in it.
    member: bool,
    /// How you stand before its door.
    #[serde(skip_serializing_if = "Option::is_none")]
    standing: Option<Standing>,
}

impl From<RoomListed> for Shown {
    fn from(listed: RoomListed) -> Self {
        Self {
            room: listed.room.name,
            owner: listed.owner,
            entry: listed.room.entry,
            members: listed.members,
            member: listed.is_member,
            standing: listed.before,
        }
    }
}

impl Command for Rooms {
    const NAME: &'static str = "s.rooms";
    const CATEGORY: Category = Category::Messages;
    const NEEDS: Permission = Permission::User;
    type Reply = Vec<Shown>;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let asker = asker(caller)?;
        let (is_mine, after) = (self.mine == Some(true), self.after.unwrap_or_default());
        let listed = house
            .store
            .read(move |conn| room_list(conn, (asker.user, asker.is_operator), is_mine, &after, LIST_MAX))
            .await?;
        Ok(listed.into_iter().map(Shown::from).collect())
    }
}
