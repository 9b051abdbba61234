//! The table `sign_in_event`: who signed in and out, when, how and from where.
//!
//! Bounded by the lock-out, which lets few wrong guesses through, and by `services.sign_in_days`.

use diesel::prelude::*;
use jiff::Timestamp;

use super::instant;
use crate::account::UserId;
use crate::store::schema::sign_in_event;
use crate::store::{AnyConn, StoreError};

/// Most rows one listing gives.
pub const SIGN_IN_EVENTS_MAX: i64 = 1_000;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// Somebody signed in.
    In,
    /// A session ended.
    Out,
    /// Somebody used the name and was not let in.
    Refused,
}

impl SignIn {
    /// The word kept in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Refused => "refused",
        }
    }
}

/// One of them, to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSignInEvent {
    /// When, in microseconds.
    pub at: i64,
    /// Of whom.
    pub user: UserId,
    /// What happened.
    pub what: SignIn,
    /// By what somebody signed in, or by whom a session was ended.
    pub how: String,
    /// Where from; empty where nobody was there.
    pub address: String,
    /// `ok`, or the code of the refusal.
    pub outcome: &'static str,
}

/// One that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInEvent {
    /// Rises with every event.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Of whom.
    pub user: UserId,
    /// `in`, `out` or `refused`.
    pub what: String,
    /// By what somebody signed in, or by whom a session was ended.
    pub how: String,
    /// Where from.
    pub address: String,
    /// `ok`, or the code of the refusal.
    pub outcome: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sign_in_event)]
struct EventRow {
    id: i64,
    at: i64,
    user_id: i64,
    what: String,
    how: String,
    address: String,
    outcome: String,
}

/// Which events to list; every part that is given must match.
#[derive(Debug, Clone, Default)]
pub struct SignInFilter {
    /// Of whom.
    pub user: Option<UserId>,
    /// Only older ones than this: the next page.
    pub before_id: Option<i64>,
    /// Not before, in microseconds.
    pub from: Option<i64>,
    /// Before, in microseconds.
    pub until: Option<i64>,
}

/// Writes one.
pub fn sign_in_event_insert(conn: &mut AnyConn, new: &NewSignInEvent) -> Result<(), StoreError> {
    diesel::insert_into(sign_in_event::table)
        .values((
            sign_in_event::at.eq(new.at),
            sign_in_event::user_id.eq(new.user.0),
            sign_in_event::what.eq(new.what.as_str()),
            sign_in_event::how.eq(&new.how),
            sign_in_event::address.eq(&new.address),
            sign_in_event::outcome.eq(new.outcome),
        ))
        .execute(conn)?;
    Ok(())
}

/// The newest first, at most `limit` and never more than [`SIGN_IN_EVENTS_MAX`].
pub fn sign_in_event_list(
    conn: &mut AnyConn,
    filter: &SignInFilter,
    limit: i64,
) -> Result<Vec<SignInEvent>, StoreError> {
    let mut query = sign_in_event::table.select(EventRow::as_select()).into_boxed();
    if let Some(user) = filter.user {
        query = query.filter(sign_in_event::user_id.eq(user.0));
    }
    if let Some(before_id) = filter.before_id {
        query = query.filter(sign_in_event::id.lt(before_id));
    }
    if let Some(from) = filter.from {
        query = query.filter(sign_in_event::at.ge(from));
    }
    if let Some(until) = filter.until {
        query = query.filter(sign_in_event::at.lt(until));
    }
    let rows = query
        .order(sign_in_event::id.desc())
        .limit(limit.clamp(0, SIGN_IN_EVENTS_MAX))
        .load::<EventRow>(conn)?;
    let events = rows.into_iter().map(|row| SignInEvent {
        id: row.id,
        at: instant(row.at),
        user: UserId(row.user_id),
        what: row.what,
        how: row.how,
        address: row.address,
        outcome: row.outcome,
    });
    Ok(events.collect())
}

/// Deletes at most `limit` of the oldest from before `before` (microseconds); says how many.
pub fn sign_in_event_prune(conn: &mut AnyConn, before: i64, limit: i64) -> Result<usize, StoreError> {
    // Ids rise with time, so the oldest are looked at by id.
    let oldest: Vec<(i64, i64)> = sign_in_event::table
        .order(sign_in_event::id)
        .limit(limit)
        .select((sign_in_event::id, sign_in_event::at))
        .load(conn)?;
    let ended: Vec<i64> = oldest
        .into_iter()
        .filter(|(_, at)| *at < before)
        .map(|(id, _)| id)
        .collect();
    if ended.is_empty() {
        return Ok(0);
    }
    Ok(diesel::delete(sign_in_event::table.filter(sign_in_event::id.eq_any(ended))).execute(conn)?)
}
