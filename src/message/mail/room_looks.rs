//! Rooms looked at: who is in one, and what was said there, as far as the asker may see.

use super::super::refusal;
use super::super::store::{Bounds, Room, Saying, door_list, member_find, member_list, room_history};
use super::Mail;
use super::acts::{Asker, RoomRefusal};
use super::rooms::{quoted, room_seen};
use crate::error::Error;
use crate::store::StoreError;

/// People in one answer.
const LIST_MAX: i64 = 200;

/// A room as somebody sees it.
#[derive(Debug)]
pub(crate) struct RoomSeen {
    /// The room.
    pub(crate) room: Room,
    /// Who is in it: number, name, time of joining. For members and operators.
    pub(crate) members: Vec<(i64, String, i64)>,
    /// Who stands before its door: number, name, how. For the owner and operators.
    pub(crate) door: Vec<(i64, String, String)>,
}

impl Mail {
    /// A room, with the people behind a number of account.
    pub(crate) async fn room(&self, asker: Asker, name: String, after: i64) -> Result<RoomSeen, Error> {
        let seen = self.0.store.read(move |conn| {
            let room = room_seen(conn, &asker, &name)?;
            let is_member = member_find(conn, room.id, asker.user)?.is_some();
            let mut seen = RoomSeen {
                members: Vec::new(),
                door: Vec::new(),
                room,
            };
            if is_member || asker.is_operator {
                seen.members = member_list(conn, seen.room.id, after, LIST_MAX)?;
            }
            if seen.room.owner == asker.user || asker.is_operator {
                seen.door = door_list(conn, seen.room.id, after, LIST_MAX)?;
            }
            Ok(seen)
        });
        seen.await.map_err(refusal::of_store)
    }

    /// What was said in a room that the asker is in, before a message, and whether there is more.
    pub(crate) async fn room_history(
        &self,
        asker: Asker,
        name: String,
        before: i64,
        bounds: Bounds,
    ) -> Result<(Vec<Saying>, bool), Error> {
        let now = self.0.clock.now().as_microsecond();
        let said = self.0.store.read(move |conn| {
            let room = room_seen(conn, &asker, &name)?;
            let member = member_find(conn, room.id, asker.user)?
                .ok_or_else(|| StoreError::refused(RoomRefusal::NotIn(quoted(&room.name))))?;
            room_history(conn, (room.id, asker.user), (member.after_id, before), now, bounds)
        });
        said.await.map_err(refusal::of_store)
    }
}
