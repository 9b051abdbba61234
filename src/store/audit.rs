//! The audit log: who did what, when, on what, with what result. Rows are added, never changed; they end only where
//! an operator configured it.
//!
//! The caller's transaction decides whether a row stands: it is written beside the change it tells of.

use diesel::prelude::*;

use super::StoreError;
use super::conn::AnyConn;
use super::schema::audit_event;

/// Most rows one listing gives.
pub const AUDIT_LIST_MAX: i64 = 1_000;

/// One thing done, or tried.
#[derive(Debug, Clone, PartialEq, Eq, Insertable)]
#[diesel(table_name = audit_event, treat_none_as_default_value = false)]
pub struct AuditEvent {
    /// When, in microseconds since 1970 UTC.
    pub at: i64,
    /// By whom: `user:7`, `car:3`, `key:2`, a service.
    pub who: String,
    /// The command or the service that did it.
    pub what: String,
    /// On what: `booking:12`, `car:3`; empty when on nothing.
    pub on_what: String,
    /// `ok`, or the code of the refusal.
    pub result: String,
    /// More for the reader; never a secret.
    pub detail: Option<String>,
}

/// A stored event.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = audit_event)]
pub struct AuditRow {
    /// Rises with every event.
    pub id: i64,
    /// When, in microseconds since 1970 UTC.
    pub at: i64,
    /// By whom.
    pub who: String,
    /// The command or the service.
    pub what: String,
    /// On what.
    pub on_what: String,
    /// `ok`, or the code of the refusal.
    pub result: String,
    /// More for the reader.
    pub detail: Option<String>,
}

/// Which events to list; every part that is given must match.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// By whom.
    pub who: Option<String>,
    /// On what.
    pub on_what: Option<String>,
    /// Only events older than this one: the next page.
    pub before_id: Option<i64>,
}

/// Adds one event.
pub fn audit_insert(conn: &mut AnyConn, event: &AuditEvent) -> Result<(), StoreError> {
    diesel::insert_into(audit_event::table).values(event).execute(conn)?;
    Ok(())
}

/// The newest events first, at most `limit` and never more than [`AUDIT_LIST_MAX`].
pub fn audit_list(conn: &mut AnyConn, filter: &AuditFilter, limit: i64) -> Result<Vec<AuditRow>, StoreError> {
    let mut query = audit_event::table.select(AuditRow::as_select()).into_boxed();
    if let Some(who) = &filter.who {
        query = query.filter(audit_event::who.eq(who));
    }
    if let Some(on_what) = &filter.on_what {
        query = query.filter(audit_event::on_what.eq(on_what));
    }
    if let Some(before_id) = filter.before_id {
        query = query.filter(audit_event::id.lt(before_id));
    }
    Ok(query
        .order(audit_event::id.desc())
        .limit(limit.clamp(0, AUDIT_LIST_MAX))
        .load(conn)?)
}

/// Deletes at most `limit` of the oldest events from before `before` (microseconds), where an operator configured
/// that they end; says how many.
pub fn audit_prune(conn: &mut AnyConn, before: i64, limit: i64) -> Result<usize, StoreError> {
    // Ids rise with time, so the oldest are looked at by id: no walk through a table that has no index by time.
    let oldest: Vec<(i64, i64)> = audit_event::table
        .order(audit_event::id)
        .limit(limit)
        .select((audit_event::id, audit_event::at))
        .load(conn)?;
    let ended = oldest.into_iter().filter(|(_, at)| *at < before).map(|(id, _)| id);
    let ended: Vec<i64> = ended.collect();
    if ended.is_empty() {
        return Ok(0);
    }
    Ok(diesel::delete(audit_event::table.filter(audit_event::id.eq_any(ended))).execute(conn)?)
}
