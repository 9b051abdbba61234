//! Inboxes as their people see them: the head, pages of lines, what is read.

use diesel::prelude::*;

use super::letters::inbox_insert;
use crate::account::UserId;
use crate::store::schema::{inbox, inbox_line, message};
use crate::store::{AnyConn, StoreError};

/// The head of an inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = inbox)]
pub(crate) struct Head {
    /// The number of the last line.
    pub(crate) last_seq: i64,
    /// Some session has acknowledged everything up to it.
    pub(crate) delivered_seq: i64,
    /// Everything up to it is read.
    pub(crate) read_seq: i64,
    /// Whether senders hear when it is.
    pub(crate) receipts: bool,
}

impl Head {
    /// Of somebody who never got anything.
    pub(crate) const EMPTY: Self = Self {
        last_seq: 0,
        delivered_seq: 0,
        read_seq: 0,
        receipts: true,
    };
}

/// One line with its message.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct Line {
    /// Its number in the inbox.
    pub(crate) seq: i64,
    /// The number of the message.
    pub(crate) id: i64,
    /// What sent it.
    pub(crate) sender_kind: String,
    /// Who sent it.
    pub(crate) sender_id: Option<i64>,
    /// As it is read.
    pub(crate) sender_name: String,
    /// Whom it is for.
    pub(crate) target: String,
    /// The building or the room.
    pub(crate) target_name: Option<String>,
    /// What is said.
    pub(crate) body: String,
    /// When it was sent.
    pub(crate) sent_at: i64,
    /// When it is let go.
    pub(crate) expires_at: i64,
}

/// Lines up to a bound of lines and of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lines {
    /// In the order asked for.
    pub(crate) lines: Vec<Line>,
    /// Whether there may be more behind them.
    pub(crate) has_more: bool,
}

/// The head of an inbox; that of somebody who never got anything is empty.
pub(crate) fn inbox_head(conn: &mut AnyConn, user: UserId) -> Result<Head, StoreError> {
    let head = inbox::table
        .find(user.0)
        .select(Head::as_select())
        .first(conn)
        .optional()?;
    Ok(head.unwrap_or(Head::EMPTY))
}

/// What of it has not been read and is there, by count.
pub(crate) fn inbox_unread(conn: &mut AnyConn, user: UserId, read_seq: i64, now: i64) -> Result<i64, StoreError> {
    Ok(inbox_line::table
        .filter(inbox_line::user_id.eq(user.0))
        .filter(inbox_line::seq.gt(read_seq))
        .filter(inbox_line::expires_at.gt(now))
        .count()
        .get_result(conn)?)
}

/// Lines behind `after`, oldest first.
pub(crate) fn inbox_since(
    conn: &mut AnyConn,
    user: UserId,
    after: i64,
    now: i64,
    bounds: Bounds,
) -> Result<Lines, StoreError> {
    let found = inbox_line::table
        .inner_join(message::table)
        .filter(inbox_line::user_id.eq(user.0))
        .filter(inbox_line::seq.gt(after))
        .filter(inbox_line::expires_at.gt(now))
        .order(inbox_line::seq)
        .limit(bounds.limit())
        .select(columns())
        .load_iter::<Line, _>(conn)?;
    bounds.take(found)
}

/// Lines before `before` and behind `after`, newest first.
pub(crate) fn inbox_newest(
    conn: &mut AnyConn,
    user: UserId,
    (after, before): (i64, i64),
    now: i64,
    bounds: Bounds,
) -> Result<Lines, StoreError> {
    let found = inbox_line::table
        .inner_join(message::table)
        .filter(inbox_line::user_id.eq(user.0))
        .filter(inbox_line::seq.gt(after))
        .filter(inbox_line::seq.lt(before))
        .filter(inbox_line::expires_at.gt(now))
        .order(inbox_line::seq.desc())
        .limit(bounds.limit())
        .select(columns())
        .load_iter::<Line, _>(conn)?;
    bounds.take(found)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn columns() -> _ {
    (
        inbox_line::seq,
        message::id,
        message::sender_kind,
        message::sender_id,
        message::sender_name,
        message::target,
        message::target_name,
        message::body,
        message::sent_at,
        message::expires_at,
    )
}

/// What a line takes beside its body, at most: names, times, keys.
const LINE_BYTES: usize = 384;

/// How much one page holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Lines.
    pub(crate) lines: usize,
    /// Bytes of them; the first line is given in any case.
    pub(crate) bytes: usize,
}

impl Bounds {
    /// One more than is given, to know whether there is more.
    pub(super) fn limit(self) -> i64 {
        i64::try_from(self.lines.saturating_add(1)).unwrap_or(i64::MAX)
    }

    fn take(self, found: impl Iterator<Item = QueryResult<Line>>) -> Result<Lines, StoreError> {
        let (lines, has_more) = self.fill(found, |line| line.body.len())?;
        Ok(Lines { lines, has_more })
    }

    /// As much as one page holds, and whether there is more.
    pub(super) fn fill<T>(
        self,
        found: impl Iterator<Item = QueryResult<T>>,
        bytes_of: impl Fn(&T) -> usize,
    ) -> Result<(Vec<T>, bool), StoreError> {
        let (mut page, mut bytes) = (Vec::new(), 0_usize);
        for one in found {
            let one = one?;
            bytes = bytes.saturating_add(bytes_of(&one)).saturating_add(LINE_BYTES);
            if page.len() >= self.lines || (bytes > self.bytes && !page.is_empty()) {
                return Ok((page, true));
            }
            page.push(one);
        }
        Ok((page, false))
    }
}

/// Marks everything up to a line as read; gives the head as it was and as it is. What is behind the last line cannot
/// be read.
pub(crate) fn inbox_read(conn: &mut AnyConn, user: UserId, upto: i64) -> Result<(Head, Head), StoreError> {
    let before = inbox_head(conn, user)?;
    let read_seq = upto.min(before.last_seq).max(before.read_seq);
    if read_seq > before.read_seq {
        diesel::update(inbox::table.find(user.0))
            .set(inbox::read_seq.eq(read_seq))
            .execute(conn)?;
    }
    Ok((before, Head { read_seq, ..before }))
}

/// Whether senders hear when this person has read.
pub(crate) fn inbox_set_receipts(conn: &mut AnyConn, user: UserId, receipts: bool) -> Result<(), StoreError> {
    let changed = diesel::update(inbox::table.find(user.0))
        .set(inbox::receipts.eq(receipts))
        .execute(conn)?;
    if changed == 0 {
        inbox_insert(conn, user.0, 0)?;
        diesel::update(inbox::table.find(user.0))
            .set(inbox::receipts.eq(receipts))
            .execute(conn)?;
    }
    Ok(())
}
