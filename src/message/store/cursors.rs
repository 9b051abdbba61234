//! How far each session has the inbox of its person, and the epoch in which that counts.

use diesel::prelude::*;
use jiff::Timestamp;

use super::inboxes::{Head, inbox_head};
use crate::account::UserId;
use crate::account::store::user_is_somebody;
use crate::store::schema::{inbox, inbox_cursor};
use crate::store::setting::{INBOX_EPOCH, setting_find, setting_put};
use crate::store::{AnyConn, StoreError};

/// The epoch of this store, made at the first look.
pub(crate) fn epoch_ensure(conn: &mut AnyConn, fresh: &str, at: Timestamp) -> Result<String, StoreError> {
    if let Some(epoch) = setting_find(conn, INBOX_EPOCH)? {
        return Ok(epoch);
    }
    setting_put(conn, INBOX_EPOCH, &fresh, at)?;
    Ok(fresh.to_owned())
}

/// Where a session goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// It has everything up to this line.
    pub(crate) seq: i64,
    /// Whether the store knows this session.
    pub(crate) is_known: bool,
    /// Whether it counted in another epoch: the store is not the one it spoke with.
    pub(crate) is_restored: bool,
}

/// Where a session goes on: where it was, or, when it is new, behind what some session of the person has had.
pub(crate) fn cursor_find(
    conn: &mut AnyConn,
    client_id: &str,
    user: UserId,
    epoch: &str,
) -> Result<(Place, Head), StoreError> {
    let head = inbox_head(conn, user)?;
    let known: Option<(i64, String)> = inbox_cursor::table
        .find(client_id)
        .filter(inbox_cursor::user_id.eq(user.0))
        .select((inbox_cursor::seq, inbox_cursor::epoch))
        .first(conn)
        .optional()?;
    let place = match known {
        Some((seq, counted_in)) => Place {
            seq: seq.min(head.last_seq),
            is_known: true,
            is_restored: counted_in != epoch,
        },
        None => Place {
            seq: head.delivered_seq,
            is_known: false,
            is_restored: false,
        },
    };
    Ok((place, head))
}

/// How far a session is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CursorRow {
    /// The session.
    pub(crate) client_id: String,
    /// Its person.
    pub(crate) user: UserId,
    /// It has everything up to this line.
    pub(crate) seq: i64,
}

/// Saves how far sessions are.
pub(crate) fn cursor_save(conn: &mut AnyConn, rows: &[CursorRow], epoch: &str, at: i64) -> Result<(), StoreError> {
    for row in rows {
        let changed = diesel::update(inbox_cursor::table.find(&row.client_id))
            .set((
                inbox_cursor::user_id.eq(row.user.0),
                inbox_cursor::epoch.eq(epoch),
                inbox_cursor::seq.eq(row.seq),
                inbox_cursor::at.eq(at),
            ))
            .execute(conn)?;
        // The last place of a session may come after its person was erased.
        if changed == 0 && user_is_somebody(conn, row.user)? {
            diesel::insert_into(inbox_cursor::table)
                .values((
                    inbox_cursor::client_id.eq(&row.client_id),
                    inbox_cursor::user_id.eq(row.user.0),
                    inbox_cursor::epoch.eq(epoch),
                    inbox_cursor::seq.eq(row.seq),
                    inbox_cursor::at.eq(at),
                ))
                .execute(conn)?;
        }
        diesel::update(inbox::table.find(row.user.0))
            .filter(inbox::delivered_seq.lt(row.seq))
            .set(inbox::delivered_seq.eq(row.seq))
            .execute(conn)?;
    }
    Ok(())
}
