//! Whose messages a person does not want.

use diesel::prelude::*;

use crate::account::UserId;
use crate::store::schema::{block, users};
use crate::store::{AnyConn, StoreError};

/// People one person may block; one more is a conflict.
pub(crate) const BLOCKS_MAX: i64 = 1_000;

/// Somebody who is blocked.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct Blocked {
    /// The person.
    pub(crate) id: i64,
    /// Their name.
    pub(crate) username: String,
    /// Since when.
    pub(crate) at: i64,
}

/// Blocks somebody; says whether that is new.
pub(crate) fn block_insert(conn: &mut AnyConn, user: UserId, blocked: UserId, at: i64) -> Result<bool, StoreError> {
    let theirs = block::table.filter(block::user_id.eq(user.0));
    let known: Option<i64> = theirs
        .filter(block::blocked_id.eq(blocked.0))
        .select(block::at)
        .first(conn)
        .optional()?;
    if known.is_some() {
        return Ok(false);
    }
    let count: i64 = theirs.count().get_result(conn)?;
    if count >= BLOCKS_MAX {
        return Err(StoreError::Conflict {
            what: format!("blocks: there are {BLOCKS_MAX}, which is the most"),
        });
    }
    diesel::insert_into(block::table)
        .values((
            block::user_id.eq(user.0),
            block::blocked_id.eq(blocked.0),
            block::at.eq(at),
        ))
        .execute(conn)?;
    Ok(true)
}

/// Ends a block; says whether there was one.
pub(crate) fn block_delete(conn: &mut AnyConn, user: UserId, blocked: UserId) -> Result<bool, StoreError> {
    Ok(diesel::delete(block::table.find((user.0, blocked.0))).execute(conn)? > 0)
}

/// Who blocks whom, by both numbers, behind `after`.
pub(crate) fn block_list_all(
    conn: &mut AnyConn,
    (by, blocked): (UserId, UserId),
    limit: i64,
) -> Result<Vec<(UserId, UserId)>, StoreError> {
    let is_behind = block::user_id
        .gt(by.0)
        .or(block::user_id.eq(by.0).and(block::blocked_id.gt(blocked.0)));
    let rows: Vec<(i64, i64)> = block::table
        .filter(is_behind)
        .order((block::user_id, block::blocked_id))
        .limit(limit)
        .select((block::user_id, block::blocked_id))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(by, blocked)| (UserId(by), UserId(blocked)))
        .collect())
}

/// Whom a person blocks, by number, behind `after`.
pub(crate) fn block_list(conn: &mut AnyConn, user: UserId, after: i64, limit: i64) -> Result<Vec<Blocked>, StoreError> {
    Ok(block::table
        .inner_join(users::table)
        .filter(block::user_id.eq(user.0))
        .filter(block::blocked_id.gt(after))
        .order(block::blocked_id)
        .limit(limit)
        .select((block::blocked_id, users::username, block::at))
        .load(conn)?)
}
