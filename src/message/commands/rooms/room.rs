//! `s.room(room, after?)`: a room and who is in it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::asker;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::message::entry::{Entry, History, Standing};
use crate::message::mail::RoomSeen;
use crate::registry::permissions::Permission;
use crate::runtime::clock::from_micros;

/// Shows a room. Who is in it is shown to members and operators, who stands before its door to its owner and operators; 200 of each by account number.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Room {
    /// Its name.
    room: String,
    /// Only accounts with numbers above this one.
    after: Option<i64>,
}

/// A room.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Shown {
    room: String,
    owner_id: i64,
    entry: Entry,
    history: History,
    created_at: String,
    members: Vec<Member>,
    door: Vec<AtDoor>,
}

/// Somebody in it.
#[derive(Debug, Serialize, JsonSchema)]
struct Member {
    user: String,
    user_id: i64,
    joined_at: String,
}

/// Somebody before its door.
#[derive(Debug, Serialize, JsonSchema)]
struct AtDoor {
    user: String,
    user_id: i64,
    standing: Standing,
}

impl From<RoomSeen> for Shown {
    fn from(seen: RoomSeen) -> Self {
        let member = |(user_id, user, joined_at): (i64, String, i64)| Member {
            user,
            user_id,
            joined_at: from_micros(joined_at).to_string(),
        };
        let at_door = |(user_id, user, state): (i64, String, String)| {
            Standing::of(&state).map(|standing| AtDoor {
                user,
                user_id,
                standing,
            })
        };
        Self {
            room: seen.room.name,
            owner_id: seen.room.owner.0,
            entry: seen.room.entry,
            history: seen.room.history,
            created_at: from_micros(seen.room.created_at).to_string(),
            members: seen.members.into_iter().map(member).collect(),
            door: seen.door.into_iter().filter_map(at_door).collect(),
        }
    }
}

impl Command for Room {
    const NAME: &'static str = "s.room";
    const CATEGORY: Category = Category::Messages;
    const NEEDS: Permission = Permission::User;
    type Reply = Shown;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let after = self.after.unwrap_or(0);
        let seen = house.mail.room(asker(caller)?, self.room, after).await?;
        Ok(Shown::from(seen))
    }
}
