//! Rooms: made, entered, left, given away, closed. Each change is one job of the writer, told to the members after it.
//!
//! Who may do what is decided here at the moment of the change; who comes in is said by the rules.

use serde::Serialize;

use super::super::entry::{self, Entry, History, Standing, Step};
use super::super::refusal;
use super::super::store::{
    Room, door_delete, door_find, door_put, letter_last_id, member_delete, member_find, member_ids, member_insert,
    room_by_name, room_count, room_delete, room_insert, room_set_owner,
};
use super::Mail;
use super::acts::{Act, Asker, Done, RoomDone, RoomLimits, RoomRefusal};
use crate::account::UserId;
use crate::account::store::{user_by_id, user_by_name};
use crate::error::Error;
use crate::store::change::Change;
use crate::store::{AnyConn, StoreError};

/// The event that tells members.
const ROOM: &str = "room";

/// What members hear.
#[derive(Debug, Serialize)]
struct RoomEvent<'a> {
    room: &'a str,
    what: Done,
    /// Whom it is about.
    user: &'a str,
    /// Who did it.
    by: &'a str,
}

/// A change that is stored.
struct Changed {
    done: RoomDone,
    /// Whom it is about.
    about: String,
    told: Vec<UserId>,
}

/// Bytes of the answer, for a retry.
pub(crate) type KeepDone = fn(&RoomDone) -> Option<Vec<u8>>;

impl Mail {
    /// Does something to a room, and tells its members.
    pub(crate) async fn act(
        &self,
        asker: Asker,
        room: String,
        act: Act,
        change: Change,
        keep: KeepDone,
    ) -> Result<RoomDone, Error> {
        let (limits, by) = (self.limits().rooms, asker.name.clone());
        let changed = self.0.store.write(move |conn| {
            let changed = run(conn, &asker, &room, &act, limits, &change)?;
            let on_what = format!("room:{}", changed.done.room);
            change.record(conn, &on_what, "ok", None, keep(&changed.done).as_deref())?;
            Ok(changed)
        });
        let changed = changed.await.map_err(refusal::of_store)?;
        let event = RoomEvent {
            room: &changed.done.room,
            what: changed.done.done,
            user: &changed.about,
            by: &by,
        };
        self.mention(&changed.told, ROOM, &event);
        Ok(changed.done)
    }
}

/// One act, in the writer's transaction.
fn run(
    conn: &mut AnyConn,
    asker: &Asker,
    name: &str,
    act: &Act,
    limits: RoomLimits,
    change: &Change,
) -> Result<Changed, StoreError> {
    let at = change.at.as_microsecond();
    if let Act::Make(entry, history) = act {
        return make(conn, asker, name, (*entry, *history), limits, at);
    }
    let room = room_seen(conn, asker, name)?;
    let visit = Visit {
        asker,
        room: &room,
        limits,
        at,
    };
    match act {
        Act::Make(..) | Act::Join => visit.join(conn),
        Act::Leave => visit.leave(conn),
        Act::Invite(user) => visit.invite(conn, user),
        Act::Remove(user, is_for_good) => visit.remove(conn, user, *is_for_good),
        Act::Give(user) => visit.give(conn, user),
        Act::Close => visit.close(conn),
    }
}

/// The room of that name, if the asker may know of it.
pub(super) fn room_seen(conn: &mut AnyConn, asker: &Asker, name: &str) -> Result<Room, StoreError> {
    let no_room = || StoreError::refused(RoomRefusal::NoRoom(quoted(name)));
    if name.chars().count() > entry::NAME_LETTERS_MAX {
        return Err(no_room());
    }
    let room = room_by_name(conn, name)?.ok_or_else(no_room)?;
    let is_member = member_find(conn, room.id, asker.user)?.is_some();
    let before = door_find(conn, room.id, asker.user)?;
    if entry::is_seen(room.entry, is_member, before, asker.is_operator) {
        Ok(room)
    } else {
        Err(no_room())
    }
}

pub(super) fn quoted(name: &str) -> String {
    let shown: String = name.chars().take(64).flat_map(char::escape_debug).collect();
    format!("'{shown}'")
}

fn full(what: &'static str, max: u64) -> StoreError {
    StoreError::refused(RoomRefusal::Full { what, max })
}

fn is_reached(count: i64, max: u64) -> bool {
    u64::try_from(count).unwrap_or(0) >= max
}

fn make(
    conn: &mut AnyConn,
    asker: &Asker,
    name: &str,
    settings: (Entry, History),
    limits: RoomLimits,
    at: i64,
) -> Result<Changed, StoreError> {
    entry::check_name(name).map_err(|err| StoreError::refused(RoomRefusal::from(err)))?;
    let (all, theirs) = room_count(conn, asker.user)?;
    if is_reached(all, limits.rooms) {
        return Err(full("rooms", limits.rooms));
    }
    if is_reached(theirs, limits.per_owner) {
        return Err(full("rooms of yours", limits.per_owner));
    }
    if room_by_name(conn, name)?.is_some() {
        return Err(StoreError::refused(RoomRefusal::Taken(quoted(name))));
    }
    let id = room_insert(conn, (name, asker.user), settings, at)?;
    let after_id = letter_last_id(conn)?;
    member_insert(conn, id, asker.user, after_id, at)?;
    Ok(Changed {
        done: RoomDone {
            room: name.to_owned(),
            done: Done::Made,
        },
        about: asker.name.clone(),
        told: Vec::new(),
    })
}

/// Somebody at a room.
struct Visit<'a> {
    asker: &'a Asker,
    room: &'a Room,
    limits: RoomLimits,
    at: i64,
}

impl Visit<'_> {
    fn changed(&self, done: Done, about: &str, told: Vec<UserId>) -> Changed {
        Changed {
            done: RoomDone {
                room: self.room.name.clone(),
                done,
            },
            about: about.to_owned(),
            told,
        }
    }

    fn refuse(&self, refusal: fn(String) -> RoomRefusal) -> StoreError {
        StoreError::refused(refusal(quoted(&self.room.name)))
    }

    fn members(&self, conn: &mut AnyConn) -> Result<Vec<UserId>, StoreError> {
        let members = member_ids(conn, self.room.id)?;
        Ok(members.into_iter().map(|(user, _)| UserId(user)).collect())
    }

    fn must_be_owner(&self) -> Result<(), StoreError> {
        if self.room.owner == self.asker.user {
            return Ok(());
        }
        Err(self.refuse(RoomRefusal::NotOwner))
    }

    /// The owner, or an operator, who keeps order anywhere.
    fn must_keep_order(&self) -> Result<(), StoreError> {
        if self.asker.is_operator {
            return Ok(());
        }
        self.must_be_owner()
    }

    fn person(&self, conn: &mut AnyConn, name: &str) -> Result<(UserId, String), StoreError> {
        let found = user_by_name(conn, name)?.filter(|person| !person.disabled);
        let person = found.ok_or_else(|| StoreError::refused(RoomRefusal::NoUser(quoted(name))))?;
        Ok((person.id, person.username))
    }

    fn enter(&self, conn: &mut AnyConn, user: UserId) -> Result<(), StoreError> {
        let there = member_ids(conn, self.room.id)?.len();
        if u64::try_from(there).unwrap_or(u64::MAX) >= self.limits.members {
            return Err(full("members of this room", self.limits.members));
        }
        let after_id = match self.room.history {
            History::Joined => letter_last_id(conn)?,
            History::All => 0,
        };
        member_insert(conn, self.room.id, user, after_id, self.at)
    }

    fn join(&self, conn: &mut AnyConn) -> Result<Changed, StoreError> {
        let is_member = member_find(conn, self.room.id, self.asker.user)?.is_some();
        let before = door_find(conn, self.room.id, self.asker.user)?;
        let about = &self.asker.name;
        match entry::step(self.room.entry, is_member, before) {
            Step::Enters => {
                self.enter(conn, self.asker.user)?;
                let told = self.members(conn)?;
                Ok(self.changed(Done::Joined, about, told))
            }
            Step::IsIn => Ok(self.changed(Done::Joined, about, Vec::new())),
            Step::Asks => {
                let asking = (Standing::Asking, about.as_str());
                door_put(conn, self.room.id, self.asker.user, asking, self.at)?;
                Ok(self.changed(Done::Asked, about, vec![self.room.owner]))
            }
            Step::Waits => Ok(self.changed(Done::Asked, about, Vec::new())),
            Step::Banned => Err(self.refuse(RoomRefusal::Banned)),
            Step::Unseen => Err(self.refuse(RoomRefusal::NoRoom)),
        }
    }

    fn leave(&self, conn: &mut AnyConn) -> Result<Changed, StoreError> {
        let members = member_ids(conn, self.room.id)?;
        let mut told: Vec<UserId> = members.iter().map(|(user, _)| UserId(*user)).collect();
        if !member_delete(conn, self.room.id, self.asker.user)? {
            // Who asked to come in no longer does; an invitation is given back.
            let stands = door_find(conn, self.room.id, self.asker.user)?;
            if !matches!(stands, Some(Standing::Asking | Standing::Invited)) {
                return Err(self.refuse(RoomRefusal::NotIn));
            }
            door_delete(conn, self.room.id, self.asker.user)?;
            return Ok(self.changed(Done::Left, &self.asker.name, Vec::new()));
        }
        if self.room.owner == self.asker.user {
            match entry::heir(&members, self.asker.user.0) {
                Some(heir) => room_set_owner(conn, self.room.id, UserId(heir))?,
                None => room_delete(conn, self.room.id)?,
            }
        }
        told.retain(|user| *user != self.asker.user);
        Ok(self.changed(Done::Left, &self.asker.name, told))
    }

    fn invite(&self, conn: &mut AnyConn, name: &str) -> Result<Changed, StoreError> {
        self.must_be_owner()?;
        let (user, about) = self.person(conn, name)?;
        if member_find(conn, self.room.id, user)?.is_some() {
            return Ok(self.changed(Done::Joined, &about, Vec::new()));
        }
        if door_find(conn, self.room.id, user)? == Some(Standing::Asking) {
            self.enter(conn, user)?;
            let told = self.members(conn)?;
            return Ok(self.changed(Done::Joined, &about, told));
        }
        let invited = (Standing::Invited, self.asker.name.as_str());
        door_put(conn, self.room.id, user, invited, self.at)?;
        Ok(self.changed(Done::Invited, &about, vec![user]))
    }

    fn remove(&self, conn: &mut AnyConn, name: &str, is_for_good: bool) -> Result<Changed, StoreError> {
        self.must_keep_order()?;
        let (user, about) = self.person(conn, name)?;
        if user == self.room.owner {
            return Err(self.refuse(RoomRefusal::IsOwner));
        }
        let told = self.members(conn)?;
        let was_in = member_delete(conn, self.room.id, user)?;
        let was_before = door_delete(conn, self.room.id, user)?.is_some();
        if is_for_good {
            let banned = (Standing::Banned, self.asker.name.as_str());
            door_put(conn, self.room.id, user, banned, self.at)?;
        } else if !was_in && !was_before {
            return Err(StoreError::refused(RoomRefusal::NoUser(quoted(name))));
        }
        let done = if is_for_good { Done::Banned } else { Done::Removed };
        let told = if was_in { told } else { Vec::new() };
        Ok(self.changed(done, &about, told))
    }

    fn give(&self, conn: &mut AnyConn, name: &str) -> Result<Changed, StoreError> {
        self.must_be_owner()?;
        let (user, about) = self.person(conn, name)?;
        if member_find(conn, self.room.id, user)?.is_none() {
            return Err(StoreError::refused(RoomRefusal::NoUser(quoted(name))));
        }
        let (_, theirs) = room_count(conn, user)?;
        if user != self.asker.user && is_reached(theirs, self.limits.per_owner) {
            return Err(full("rooms of that user", self.limits.per_owner));
        }
        room_set_owner(conn, self.room.id, user)?;
        let told = self.members(conn)?;
        Ok(self.changed(Done::Given, &about, told))
    }

    fn close(&self, conn: &mut AnyConn) -> Result<Changed, StoreError> {
        self.must_keep_order()?;
        let told = self.members(conn)?;
        let owner = user_by_id(conn, self.room.owner)?.map_or_else(String::new, |owner| owner.username);
        room_delete(conn, self.room.id)?;
        Ok(self.changed(Done::Closed, &owner, told))
    }
}
