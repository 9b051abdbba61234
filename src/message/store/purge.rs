//! Letting go: of messages past their time, of the oldest lines of an inbox that is full, of places nobody comes back to.
//!
//! Works in small pieces, so that the writer is never held for long.

use diesel::prelude::*;

use super::waiting::waiting_delete_for;
use crate::store::schema::{inbox, inbox_cursor, inbox_line, message};
use crate::store::{AnyConn, StoreError};

/// Deletes at most `limit` messages past their time with their lines; says how many.
pub(crate) fn message_purge(conn: &mut AnyConn, now: i64, limit: i64) -> Result<usize, StoreError> {
    let ended: Vec<i64> = message::table
        .filter(message::expires_at.le(now))
        .order(message::expires_at)
        .limit(limit)
        .select(message::id)
        .load(conn)?;
    if ended.is_empty() {
        return Ok(0);
    }
    waiting_delete_for(conn, &ended)?;
    diesel::delete(inbox_line::table.filter(inbox_line::message_id.eq_any(&ended))).execute(conn)?;
    Ok(diesel::delete(message::table.filter(message::id.eq_any(&ended))).execute(conn)?)
}

/// Deletes the oldest lines of inboxes with more than `lines_max`, of at most `limit` inboxes; says how many lines.
pub(crate) fn inbox_purge_over(conn: &mut AnyConn, lines_max: i64, limit: i64) -> Result<usize, StoreError> {
    let over: Vec<(i64, i64)> = inbox::table
        .filter((inbox::last_seq - inbox::purged_seq).gt(lines_max))
        .limit(limit)
        .select((inbox::user_id, inbox::last_seq))
        .load(conn)?;
    let mut gone: usize = 0;
    for (user, last_seq) in over {
        let upto = last_seq.saturating_sub(lines_max);
        let old = inbox_line::table
            .filter(inbox_line::user_id.eq(user))
            .filter(inbox_line::seq.le(upto));
        gone = gone.saturating_add(diesel::delete(old).execute(conn)?);
        diesel::update(inbox::table.find(user))
            .set(inbox::purged_seq.eq(upto))
            .execute(conn)?;
    }
    Ok(gone)
}

/// Forgets at most `limit` places that were last saved before `before`; says how many.
pub(crate) fn cursor_delete_old(conn: &mut AnyConn, before: i64, limit: i64) -> Result<usize, StoreError> {
    let old: Vec<String> = inbox_cursor::table
        .filter(inbox_cursor::at.lt(before))
        .order(inbox_cursor::at)
        .limit(limit)
        .select(inbox_cursor::client_id)
        .load(conn)?;
    if old.is_empty() {
        return Ok(0);
    }
    Ok(diesel::delete(inbox_cursor::table.filter(inbox_cursor::client_id.eq_any(old))).execute(conn)?)
}
