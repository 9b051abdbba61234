//! A person's mail taken out of the store, or given to them whole.
//!
//! Erasing ends what they wrote for everybody: receivers are told of a gap. What others wrote to them goes with their
//! inbox; the rooms they own pass on as if they had left.

use diesel::prelude::*;

use super::rooms::{member_delete, member_ids, room_delete, room_set_owner};
use super::waiting::{waiting_delete_for, waiting_delete_of};
use crate::account::UserId;
use crate::message::entry::heir;
use crate::store::schema::{
    block, inbox, inbox_cursor, inbox_line, message, notice_receipt, room, room_door, room_member,
};
use crate::store::{AnyConn, StoreError};

/// The name in the place of an erased sender's.
const ERASED: &str = "erased";

/// Takes everything of a person out; nothing of theirs is read from then on.
pub(crate) fn mail_erase(conn: &mut AnyConn, user: UserId) -> Result<(), StoreError> {
    let id = user.0;
    let written: Vec<i64> = message::table
        .filter(message::sender_id.eq(id))
        .select(message::id)
        .load(conn)?;
    // In pieces: a statement takes a bounded number of values.
    for some in written.chunks(1_000) {
        waiting_delete_for(conn, some)?;
        diesel::update(inbox_line::table.filter(inbox_line::message_id.eq_any(some)))
            .set(inbox_line::expires_at.eq(0_i64))
            .execute(conn)?;
        diesel::update(message::table.filter(message::id.eq_any(some)))
            .set((
                message::sender_id.eq(None::<i64>),
                message::sender_name.eq(ERASED),
                message::body.eq(""),
                message::expires_at.eq(0_i64),
            ))
            .execute(conn)?;
    }
    waiting_delete_of(conn, id)?;
    diesel::delete(inbox_line::table.filter(inbox_line::user_id.eq(id))).execute(conn)?;
    diesel::delete(inbox::table.filter(inbox::user_id.eq(id))).execute(conn)?;
    diesel::delete(inbox_cursor::table.filter(inbox_cursor::user_id.eq(id))).execute(conn)?;
    diesel::delete(block::table.filter(block::user_id.eq(id).or(block::blocked_id.eq(id)))).execute(conn)?;
    diesel::delete(notice_receipt::table.filter(notice_receipt::who.eq(format!("user:{id}")))).execute(conn)?;
    leave_rooms(conn, user)
}

fn leave_rooms(conn: &mut AnyConn, user: UserId) -> Result<(), StoreError> {
    let owned: Vec<i64> = room::table
        .filter(room::owner_id.eq(user.0))
        .select(room::id)
        .load(conn)?;
    for id in owned {
        match heir(&member_ids(conn, id)?, user.0) {
            Some(next) => room_set_owner(conn, id, UserId(next))?,
            None => room_delete(conn, id)?,
        }
    }
    let entered: Vec<i64> = room_member::table
        .filter(room_member::user_id.eq(user.0))
        .select(room_member::room_id)
        .load(conn)?;
    for id in entered {
        member_delete(conn, id, user)?;
    }
    diesel::delete(room_door::table.filter(room_door::user_id.eq(user.0))).execute(conn)?;
    Ok(())
}

/// A message that a person wrote.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct Written {
    /// Its number.
    pub(crate) id: i64,
    /// Whom it is for.
    pub(crate) target: String,
    /// The building or the room.
    pub(crate) target_name: Option<String>,
    /// What is said.
    pub(crate) body: String,
    /// When.
    pub(crate) sent_at: i64,
    /// For how many.
    pub(crate) recipients: i64,
}

/// What a person wrote, newest first, before a number; what they got is in their inbox.
pub(crate) fn letter_written(
    conn: &mut AnyConn,
    user: UserId,
    before: i64,
    now: i64,
    bounds: super::Bounds,
) -> Result<(Vec<Written>, bool), StoreError> {
    let found = message::table
        .filter(message::sender_id.eq(user.0))
        .filter(message::id.lt(before))
        .filter(message::expires_at.gt(now))
        .order(message::id.desc())
        .limit(bounds.limit())
        .select((
            message::id,
            message::target,
            message::target_name,
            message::body,
            message::sent_at,
            message::recipients,
        ))
        .load_iter::<Written, _>(conn)?;
    bounds.fill(found, |written| written.body.len())
}
