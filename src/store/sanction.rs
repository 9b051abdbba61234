//! Bans and mutes that have ended, to be let go of.
//!
//! Who is banned or muted is decided elsewhere; an ended row decides nothing any more.

use diesel::prelude::*;

use super::StoreError;
use super::conn::AnyConn;
use super::schema::sanction;

/// Deletes at most `limit` bans and mutes that ended at `now` or before (microseconds); says how many.
pub fn sanction_delete_ended(conn: &mut AnyConn, now: i64, limit: i64) -> Result<usize, StoreError> {
    let ended: Vec<i64> = sanction::table
        .filter(sanction::until_at.le(now))
        .order(sanction::until_at)
        .limit(limit)
        .select(sanction::id)
        .load(conn)?;
    if ended.is_empty() {
        return Ok(0);
    }
    Ok(diesel::delete(sanction::table.filter(sanction::id.eq_any(ended))).execute(conn)?)
}
