//! What a person wrote, as their log tells it: backwards from any instant. Who asks for texts is decided above.

use diesel::prelude::*;

use crate::account::UserId;
use crate::store::schema::message;
use crate::store::stretch::{Stretch, within};
use crate::store::{AnyConn, StoreError};

/// A message that a person sent.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct SentLetter {
    /// Its number.
    pub(crate) id: i64,
    /// When.
    pub(crate) sent_at: i64,
    /// Whom it is for.
    pub(crate) target: String,
    /// The building or the room.
    pub(crate) target_name: Option<String>,
    /// For how many.
    pub(crate) recipients: i64,
    /// What was said.
    pub(crate) body: String,
}

/// Those of a person within a stretch that are kept at `now`, newest first, at most `limit`.
pub(crate) fn letter_list_sent(
    conn: &mut AnyConn,
    user: UserId,
    now: i64,
    stretch: Stretch,
    limit: i64,
) -> Result<Vec<SentLetter>, StoreError> {
    Ok(message::table
        .filter(message::sender_id.eq(user.0))
        .filter(message::expires_at.gt(now))
        .filter(within!(message::sent_at, message::id, stretch))
        .order((message::sent_at.desc(), message::id.desc()))
        .limit(limit)
        .select((
            message::id,
            message::sent_at,
            message::target,
            message::target_name,
            message::recipients,
            message::body,
        ))
        .load(conn)?)
}
