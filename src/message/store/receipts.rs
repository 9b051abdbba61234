//! Who has got and read what, as its sender may know. Nobody is known to have got what was said to a place: that would tell
//! who was there.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::draft::{BUILDING, RANGE_M};
use crate::account::UserId;
use crate::store::schema::{inbox, inbox_line, message, users};
use crate::store::{AnyConn, StoreError};

/// Kinds of messages to places.
const PLACES: [&str; 2] = [BUILDING, RANGE_M];

/// What of one sender was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReceiptRow {
    /// The account.
    pub(crate) sender: i64,
    /// The last message.
    pub(crate) message: i64,
    /// How many.
    pub(crate) count: i64,
}

/// Whose messages stand in an inbox behind a line and up to another; at most `limit` lines are looked at, the last ones.
pub(crate) fn receipt_senders(
    conn: &mut AnyConn,
    user: UserId,
    (after, upto): (i64, i64),
    limit: i64,
) -> Result<Vec<ReceiptRow>, StoreError> {
    let read: Vec<(Option<i64>, i64)> = inbox_line::table
        .inner_join(message::table)
        .filter(inbox_line::user_id.eq(user.0))
        .filter(inbox_line::seq.gt(after))
        .filter(inbox_line::seq.le(upto))
        .filter(message::target.ne_all(PLACES))
        .order(inbox_line::seq.desc())
        .limit(limit)
        .select((message::sender_id, message::id))
        .load(conn)?;
    let mut senders: BTreeMap<i64, ReceiptRow> = BTreeMap::new();
    for (sender, message) in read {
        let Some(sender) = sender else { continue };
        let row = senders.entry(sender).or_insert(ReceiptRow {
            sender,
            message,
            count: 0,
        });
        row.message = row.message.max(message);
        row.count += 1;
    }
    Ok(senders.into_values().collect())
}

/// Somebody who has read a message.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct Reader {
    /// The account.
    pub(crate) id: i64,
    /// Its name.
    pub(crate) username: String,
}

/// Who has read a message and lets senders know; `None` when it is not one of this sender.
pub(crate) fn receipt_list(
    conn: &mut AnyConn,
    sender: UserId,
    id: i64,
    after: i64,
    limit: i64,
) -> Result<Option<Vec<Reader>>, StoreError> {
    let theirs: Option<String> = message::table
        .find(id)
        .filter(message::sender_id.eq(sender.0))
        .select(message::target)
        .first(conn)
        .optional()?;
    let Some(target) = theirs else { return Ok(None) };
    if PLACES.contains(&target.as_str()) {
        return Ok(Some(Vec::new()));
    }
    let readers = inbox_line::table
        .inner_join(inbox::table.on(inbox::user_id.eq(inbox_line::user_id)))
        .inner_join(users::table)
        .filter(inbox_line::message_id.eq(id))
        .filter(inbox_line::user_id.gt(after))
        .filter(inbox::receipts)
        .filter(inbox::read_seq.ge(inbox_line::seq))
        .order(inbox_line::user_id)
        .limit(limit)
        .select((users::id, users::username))
        .load(conn)?;
    Ok(Some(readers))
}
