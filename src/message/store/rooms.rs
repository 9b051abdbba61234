//! Rooms, their members, and who stands before their doors.
//!
//! What anybody may do there is decided above; here rows are looked up and written, within the bounds.

use diesel::prelude::*;

use crate::account::UserId;
use crate::message::entry::{Entry, History, Standing, key};
use crate::store::schema::{message, room, room_door, room_member, users};
use crate::store::{AnyConn, StoreError};

/// Before the door of one room may stand so many; one more is a conflict.
pub(crate) const AT_DOOR_MAX: i64 = 1_000;

/// A room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Room {
    /// Its number.
    pub(crate) id: i64,
    /// Its name.
    pub(crate) name: String,
    /// Whose it is.
    pub(crate) owner: UserId,
    /// Who comes in.
    pub(crate) entry: Entry,
    /// From when on members see what was said.
    pub(crate) history: History,
    /// When it was made.
    pub(crate) created_at: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = room)]
struct RoomRow {
    id: i64,
    name: String,
    owner_id: i64,
    entry: String,
    history: String,
    created_at: i64,
}

impl From<RoomRow> for Room {
    fn from(row: RoomRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            owner: UserId(row.owner_id),
            // A word that nobody knows lets in nobody.
            entry: Entry::of(&row.entry).unwrap_or(Entry::Invited),
            history: History::of(&row.history).unwrap_or(History::Joined),
            created_at: row.created_at,
        }
    }
}

/// The room of that number.
pub(crate) fn room_by_id(conn: &mut AnyConn, id: i64) -> Result<Option<Room>, StoreError> {
    let row = room::table
        .find(id)
        .select(RoomRow::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Room::from))
}

/// The room of that name.
pub(crate) fn room_by_name(conn: &mut AnyConn, name: &str) -> Result<Option<Room>, StoreError> {
    let row = room::table
        .filter(room::name_key.eq(key(name)))
        .select(RoomRow::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Room::from))
}

/// How many rooms there are, and how many of this owner.
pub(crate) fn room_count(conn: &mut AnyConn, owner: UserId) -> Result<(i64, i64), StoreError> {
    let all = room::table.count().get_result(conn)?;
    let theirs = room::table
        .filter(room::owner_id.eq(owner.0))
        .count()
        .get_result(conn)?;
    Ok((all, theirs))
}

/// Makes a room; a taken name is a conflict.
pub(crate) fn room_insert(
    conn: &mut AnyConn,
    (name, owner): (&str, UserId),
    (entry, history): (Entry, History),
    at: i64,
) -> Result<i64, StoreError> {
    Ok(diesel::insert_into(room::table)
        .values((
            room::name.eq(name),
            room::name_key.eq(key(name)),
            room::owner_id.eq(owner.0),
            room::entry.eq(entry.as_str()),
            room::history.eq(history.as_str()),
            room::created_at.eq(at),
        ))
        .returning(room::id)
        .get_result(conn)?)
}

/// Gives a room to somebody else.
pub(crate) fn room_set_owner(conn: &mut AnyConn, id: i64, owner: UserId) -> Result<(), StoreError> {
    diesel::update(room::table.find(id))
        .set(room::owner_id.eq(owner.0))
        .execute(conn)?;
    Ok(())
}

/// Ends a room. What was said in it stays in the inboxes.
pub(crate) fn room_delete(conn: &mut AnyConn, id: i64) -> Result<(), StoreError> {
    diesel::delete(room_member::table.filter(room_member::room_id.eq(id))).execute(conn)?;
    diesel::delete(room_door::table.filter(room_door::room_id.eq(id))).execute(conn)?;
    diesel::update(message::table.filter(message::room_id.eq(id)))
        .set(message::room_id.eq(None::<i64>))
        .execute(conn)?;
    diesel::delete(room::table.find(id)).execute(conn)?;
    Ok(())
}

/// Somebody in a room: since when, and behind which message they see what was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Membership {
    /// Messages with numbers above it were said since.
    pub(crate) after_id: i64,
}

/// Whether somebody is in a room.
pub(crate) fn member_find(conn: &mut AnyConn, id: i64, user: UserId) -> Result<Option<Membership>, StoreError> {
    let after_id: Option<i64> = room_member::table
        .find((id, user.0))
        .select(room_member::after_id)
        .first(conn)
        .optional()?;
    Ok(after_id.map(|after_id| Membership { after_id }))
}

/// Everybody in a room with the time of joining.
pub(crate) fn member_ids(conn: &mut AnyConn, id: i64) -> Result<Vec<(i64, i64)>, StoreError> {
    Ok(room_member::table
        .filter(room_member::room_id.eq(id))
        .select((room_member::user_id, room_member::joined_at))
        .load(conn)?)
}

/// People in a room by number behind `after`, with names and times of joining.
pub(crate) fn member_list(
    conn: &mut AnyConn,
    id: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, String, i64)>, StoreError> {
    Ok(room_member::table
        .inner_join(users::table)
        .filter(room_member::room_id.eq(id))
        .filter(room_member::user_id.gt(after))
        .order(room_member::user_id)
        .limit(limit)
        .select((users::id, users::username, room_member::joined_at))
        .load(conn)?)
}

/// Puts somebody into a room, from before its door if they stood there.
pub(crate) fn member_insert(
    conn: &mut AnyConn,
    id: i64,
    user: UserId,
    after_id: i64,
    at: i64,
) -> Result<(), StoreError> {
    door_delete(conn, id, user)?;
    diesel::insert_into(room_member::table)
        .values((
            room_member::room_id.eq(id),
            room_member::user_id.eq(user.0),
            room_member::joined_at.eq(at),
            room_member::after_id.eq(after_id),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes somebody out of a room; says whether they were in it.
pub(crate) fn member_delete(conn: &mut AnyConn, id: i64, user: UserId) -> Result<bool, StoreError> {
    Ok(diesel::delete(room_member::table.find((id, user.0))).execute(conn)? > 0)
}

/// How somebody stands before the door of a room.
pub(crate) fn door_find(conn: &mut AnyConn, id: i64, user: UserId) -> Result<Option<Standing>, StoreError> {
    let state: Option<String> = room_door::table
        .find((id, user.0))
        .select(room_door::state)
        .first(conn)
        .optional()?;
    Ok(state.and_then(|state| Standing::of(&state)))
}

/// Lets somebody stand before a door in this way.
pub(crate) fn door_put(
    conn: &mut AnyConn,
    id: i64,
    user: UserId,
    (standing, by): (Standing, &str),
    at: i64,
) -> Result<(), StoreError> {
    door_delete(conn, id, user)?;
    let there: i64 = room_door::table
        .filter(room_door::room_id.eq(id))
        .count()
        .get_result(conn)?;
    if there >= AT_DOOR_MAX {
        return Err(StoreError::Conflict {
            what: format!("the door of this room: {AT_DOOR_MAX} stand there, which is the most"),
        });
    }
    diesel::insert_into(room_door::table)
        .values((
            room_door::room_id.eq(id),
            room_door::user_id.eq(user.0),
            room_door::state.eq(standing.as_str()),
            room_door::by_name.eq(by),
            room_door::at.eq(at),
        ))
        .execute(conn)?;
    Ok(())
}

/// Nobody of that number stands before the door any more; says how they stood.
pub(crate) fn door_delete(conn: &mut AnyConn, id: i64, user: UserId) -> Result<Option<Standing>, StoreError> {
    let before = door_find(conn, id, user)?;
    diesel::delete(room_door::table.find((id, user.0))).execute(conn)?;
    Ok(before)
}

/// Who stands before a door, by number behind `after`.
pub(crate) fn door_list(
    conn: &mut AnyConn,
    id: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, String, String)>, StoreError> {
    Ok(room_door::table
        .inner_join(users::table)
        .filter(room_door::room_id.eq(id))
        .filter(room_door::user_id.gt(after))
        .order(room_door::user_id)
        .limit(limit)
        .select((users::id, users::username, room_door::state))
        .load(conn)?)
}

/// A room in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RoomListed {
    /// The room.
    pub(crate) room: Room,
    /// The name of its owner.
    pub(crate) owner: String,
    /// How many are in it.
    pub(crate) members: i64,
    /// Whether the asker is.
    pub(crate) is_member: bool,
    /// How the asker stands before its door.
    pub(crate) before: Option<Standing>,
}

/// Rooms that somebody may know of, by name behind `after`: those they are in, or all others too.
pub(crate) fn room_list(
    conn: &mut AnyConn,
    (user, is_operator): (UserId, bool),
    is_mine: bool,
    after: &str,
    limit: i64,
) -> Result<Vec<RoomListed>, StoreError> {
    let theirs = room_member::table
        .filter(room_member::user_id.eq(user.0))
        .select(room_member::room_id);
    let invited = room_door::table
        .filter(room_door::user_id.eq(user.0))
        .filter(room_door::state.eq(Standing::Invited.as_str()))
        .select(room_door::room_id);
    let mut query = room::table
        .inner_join(users::table)
        .filter(room::name_key.gt(key(after)))
        .order(room::name_key)
        .limit(limit)
        .select((RoomRow::as_select(), users::username))
        .into_boxed();
    if is_mine {
        query = query.filter(room::id.eq_any(theirs));
    } else if !is_operator {
        query = query.filter(
            room::entry
                .ne(Entry::Invited.as_str())
                .or(room::id.eq_any(theirs))
                .or(room::id.eq_any(invited)),
        );
    }
    let rows: Vec<(RoomRow, String)> = query.load(conn)?;
    let mut listed = Vec::with_capacity(rows.len());
    for (row, owner) in rows {
        let room = Room::from(row);
        let members = room_member::table
            .filter(room_member::room_id.eq(room.id))
            .count()
            .get_result(conn)?;
        listed.push(RoomListed {
            owner,
            members,
            is_member: member_find(conn, room.id, user)?.is_some(),
            before: door_find(conn, room.id, user)?,
            room,
        });
    }
    Ok(listed)
}
