//! What was said in a room, as one of its members may see it.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::inboxes::Bounds;
use crate::account::UserId;
use crate::store::schema::{inbox_line, message};
use crate::store::{AnyConn, StoreError};

/// One message of a room.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct Saying {
    /// The number of the message.
    pub(crate) id: i64,
    /// Who said it.
    pub(crate) sender_id: Option<i64>,
    /// As it is read.
    pub(crate) sender_name: String,
    /// `room` or `whisper`.
    pub(crate) target: String,
    /// What was said.
    pub(crate) body: String,
    /// When.
    pub(crate) sent_at: i64,
}

/// Messages of a room with numbers between `after` and `before`, newest first; of whispers those from and to this member.
pub(crate) fn room_history(
    conn: &mut AnyConn,
    (room, user): (i64, UserId),
    (after, before): (i64, i64),
    now: i64,
    bounds: Bounds,
) -> Result<(Vec<Saying>, bool), StoreError> {
    let is_for_them = exists(
        inbox_line::table
            .filter(inbox_line::message_id.eq(message::id))
            .filter(inbox_line::user_id.eq(user.0)),
    );
    let found = message::table
        .filter(message::room_id.eq(room))
        .filter(message::id.gt(after))
        .filter(message::id.lt(before))
        .filter(message::expires_at.gt(now))
        .filter(
            message::target
                .eq("room")
                .or(message::sender_id.eq(user.0).assume_not_null())
                .or(is_for_them),
        )
        .order(message::id.desc())
        .limit(bounds.limit())
        .select((
            message::id,
            message::sender_id,
            message::sender_name,
            message::target,
            message::body,
            message::sent_at,
        ))
        .load_iter::<Saying, _>(conn)?;
    bounds.fill(found, |saying| saying.body.len())
}
