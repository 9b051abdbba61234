//! The table `sign_in_event`: who signed in and out, when, how and from where.
//!
//! Bounded by the lock-out, which lets few wrong guesses through, and by `services.sign_in_days`.

use diesel::prelude::*;
use jiff::Timestamp;

use super::instant;
use crate::account::UserId;
use crate::store::schema::sign_in_event;
use crate::store::stretch::{Stretch, within};
use crate::store::{AnyConn, StoreError};

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
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::In, Self::Out, Self::Refused];

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

/// Those of a person that are one of `whats`, within a stretch, newest first, at most `limit`.
pub fn sign_in_event_list(
    conn: &mut AnyConn,
    user: UserId,
    whats: &[SignIn],
    stretch: Stretch,
    limit: i64,
) -> Result<Vec<SignInEvent>, StoreError> {
    let rows = sign_in_event::table
        .filter(sign_in_event::user_id.eq(user.0))
        .filter(sign_in_event::what.eq_any(whats.iter().map(|what| what.as_str())))
        .filter(within!(sign_in_event::at, sign_in_event::id, stretch))
        .order((sign_in_event::at.desc(), sign_in_event::id.desc()))
        .limit(limit)
        .select(EventRow::as_select())
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
