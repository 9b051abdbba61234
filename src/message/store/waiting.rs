//! Those who wait for their line of a message to a place: written with it, served in pieces, oldest message first.
//!
//! A piece is one transaction that takes people out of the waiting and gives them their lines, so that the process may end
//! at any point without a line too many or too few.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::select;
use diesel::sql_types::BigInt;

use super::letters::line_insert;
use crate::account::UserId;
use crate::store::schema::{message, message_waiting};
use crate::store::{AnyConn, StoreError};

/// Who of those who wait gets nothing: whoever has no account any more, blocks the sender or is blocked, and the sender.
const LEFT_OUT: &str = "DELETE FROM message_waiting WHERE message_id = $1 AND (\
     NOT EXISTS (SELECT 1 FROM \"user\" WHERE \"user\".id = message_waiting.user_id AND NOT disabled) \
     OR user_id = $2 \
     OR EXISTS (SELECT 1 FROM block WHERE block.user_id = message_waiting.user_id AND block.blocked_id = $2) \
     OR EXISTS (SELECT 1 FROM block WHERE block.user_id = $2 AND block.blocked_id = message_waiting.user_id))";

/// The people of one piece.
const PIECE: &str = "SELECT user_id FROM message_waiting WHERE message_id = $1 AND user_id <= $2";

/// Writes down who is to get a line of a message; says how many that are, without those who are left out.
pub(super) fn waiting_insert(
    conn: &mut AnyConn,
    id: i64,
    people: &[UserId],
    sender: Option<UserId>,
) -> Result<usize, StoreError> {
    for user in people {
        diesel::insert_into(message_waiting::table)
            .values((message_waiting::message_id.eq(id), message_waiting::user_id.eq(user.0)))
            .execute(conn)?;
    }
    let left_out = diesel::sql_query(LEFT_OUT)
        .bind::<BigInt, _>(id)
        .bind::<BigInt, _>(sender.map_or(0, |user| user.0))
        .execute(conn)?;
    Ok(people.len().saturating_sub(left_out))
}

/// Whether anybody waits.
pub(super) fn waiting_any(conn: &mut AnyConn) -> Result<bool, StoreError> {
    Ok(select(exists(message_waiting::table.select(message_waiting::message_id))).get_result(conn)?)
}

/// How many wait.
pub(crate) fn waiting_count(conn: &mut AnyConn) -> Result<usize, StoreError> {
    let count: i64 = message_waiting::table.count().get_result(conn)?;
    Ok(usize::try_from(count).unwrap_or(0))
}

/// Gives the oldest message that is waited for to at most `most` of its people; says to whom. `None`: nobody waits.
pub(crate) fn waiting_next(conn: &mut AnyConn, most: usize) -> Result<Option<Vec<UserId>>, StoreError> {
    let oldest: Option<(i64, i64)> = message_waiting::table
        .inner_join(message::table)
        .order(message_waiting::message_id)
        .select((message::id, message::expires_at))
        .first(conn)
        .optional()?;
    let Some((id, expires_at)) = oldest else {
        return Ok(None);
    };
    let people: Vec<i64> = message_waiting::table
        .filter(message_waiting::message_id.eq(id))
        .order(message_waiting::user_id)
        .limit(i64::try_from(most.max(1)).unwrap_or(i64::MAX))
        .select(message_waiting::user_id)
        .load(conn)?;
    let Some(last) = people.last() else { return Ok(None) };
    give(conn, (id, expires_at), *last)?;
    Ok(Some(people.into_iter().map(UserId).collect()))
}

/// Lines for those of a message who wait and whose numbers go up to `last`, by statements over all of them.
fn give(conn: &mut AnyConn, (id, expires_at): (i64, i64), last: i64) -> Result<(), StoreError> {
    let first = format!(
        "INSERT INTO inbox (user_id, last_seq, delivered_seq, read_seq, purged_seq, receipts) \
         SELECT user_id, 0, 0, 0, 0, TRUE FROM ({PIECE}) AS piece \
         WHERE NOT EXISTS (SELECT 1 FROM inbox WHERE inbox.user_id = piece.user_id)"
    );
    let count = format!("UPDATE inbox SET last_seq = last_seq + 1 WHERE user_id IN ({PIECE})");
    for statement in [first, count] {
        diesel::sql_query(statement)
            .bind::<BigInt, _>(id)
            .bind::<BigInt, _>(last)
            .execute(conn)?;
    }
    // Values are bound in the order in which they first stand in a statement.
    let lines = "INSERT INTO inbox_line (user_id, seq, message_id, expires_at) \
                 SELECT inbox.user_id, inbox.last_seq, $1, $2 FROM inbox WHERE inbox.user_id IN \
                 (SELECT user_id FROM message_waiting WHERE message_id = $3 AND user_id <= $4)";
    diesel::sql_query(lines)
        .bind::<BigInt, _>(id)
        .bind::<BigInt, _>(expires_at)
        .bind::<BigInt, _>(id)
        .bind::<BigInt, _>(last)
        .execute(conn)?;
    let served = message_waiting::table
        .filter(message_waiting::message_id.eq(id))
        .filter(message_waiting::user_id.le(last));
    diesel::delete(served).execute(conn)?;
    Ok(())
}

/// Gives one person the lines they wait for, in the order of the messages.
pub(super) fn waiting_give(conn: &mut AnyConn, user: i64) -> Result<(), StoreError> {
    let waited: Vec<(i64, i64)> = message_waiting::table
        .inner_join(message::table)
        .filter(message_waiting::user_id.eq(user))
        .order(message_waiting::message_id)
        .select((message::id, message::expires_at))
        .load(conn)?;
    for found in waited {
        line_insert(conn, user, found)?;
        diesel::delete(message_waiting::table.find((found.0, user))).execute(conn)?;
    }
    Ok(())
}

/// Gives everybody the lines they wait for.
pub(super) fn waiting_give_all(conn: &mut AnyConn) -> Result<(), StoreError> {
    while waiting_next(conn, usize::MAX)?.is_some() {}
    Ok(())
}

/// Takes one person out of all waiting.
pub(super) fn waiting_delete_of(conn: &mut AnyConn, user: i64) -> Result<(), StoreError> {
    diesel::delete(message_waiting::table.filter(message_waiting::user_id.eq(user))).execute(conn)?;
    Ok(())
}

/// Takes everybody who waits for these messages out of the waiting.
pub(super) fn waiting_delete_for(conn: &mut AnyConn, messages: &[i64]) -> Result<(), StoreError> {
    diesel::delete(message_waiting::table.filter(message_waiting::message_id.eq_any(messages))).execute(conn)?;
    Ok(())
}
