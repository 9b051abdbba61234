//! The table `sanction`: bans and mutes with their ends. What has ended is no row that counts.
//!
//! The caller's transaction decides whether a row stands.

use diesel::prelude::*;

use super::StoreError;
use super::conn::AnyConn;
use super::schema::sanction;

/// Sanctions of one kind in force at the same time; one more is a conflict.
pub const SANCTIONS_MAX: i64 = 10_000;

/// One ban or mute.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, Queryable, Selectable)]
#[diesel(table_name = sanction, treat_none_as_default_value = false)]
pub struct SanctionRow {
    /// `ban` or `mute`.
    pub kind: String,
    /// `user:7`, `car:3`, `key:2`, `client:<uuid>`, `name:<name>`, `address:<ip>`.
    pub subject: String,
    /// How people know the subject.
    pub name: String,
    /// The name of who did it.
    pub by_name: String,
    /// What they said for a reason.
    pub reason: Option<String>,
    /// Its end, in microseconds since 1970 UTC.
    pub until_at: i64,
    /// When it was made.
    pub made_at: i64,
}

/// Writes a sanction; one in force on the same subject is a conflict.
pub fn sanction_insert(conn: &mut AnyConn, row: &SanctionRow) -> Result<(), StoreError> {
    let ended = sanction::table
        .filter(sanction::kind.eq(&row.kind))
        .filter(sanction::subject.eq(&row.subject))
        .filter(sanction::until_at.le(row.made_at));
    diesel::delete(ended).execute(conn)?;
    let in_force: i64 = sanction::table
        .filter(sanction::kind.eq(&row.kind))
        .filter(sanction::until_at.gt(row.made_at))
        .count()
        .get_result(conn)?;
    if in_force >= SANCTIONS_MAX {
        return Err(StoreError::Conflict {
            what: format!("{}: there are {SANCTIONS_MAX}, which is the most", row.kind),
        });
    }
    diesel::insert_into(sanction::table).values(row).execute(conn)?;
    Ok(())
}

/// Ends a sanction; says whether there was one.
pub fn sanction_delete(conn: &mut AnyConn, kind: &str, subject: &str) -> Result<bool, StoreError> {
    let found = sanction::table
        .filter(sanction::kind.eq(kind))
        .filter(sanction::subject.eq(subject));
    Ok(diesel::delete(found).execute(conn)? > 0)
}

/// Those of a kind that are in force.
pub fn sanction_list(conn: &mut AnyConn, kind: &str, now: i64) -> Result<Vec<SanctionRow>, StoreError> {
    Ok(sanction::table
        .filter(sanction::kind.eq(kind))
        .filter(sanction::until_at.gt(now))
        .order(sanction::id)
        .limit(SANCTIONS_MAX)
        .select(SanctionRow::as_select())
        .load(conn)?)
}

/// Deletes at most `limit` that have ended; says how many.
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
