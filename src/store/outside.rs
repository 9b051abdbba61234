//! Changes made beside a running server by the command line: a trail the server reads on from.
//!
//! A tool adds a row in the transaction of its change; the server remembers the last id it has seen.

use diesel::prelude::*;

use super::StoreError;
use super::conn::AnyConn;
use super::schema::outside_change;

/// Most rows one listing gives.
pub const OUTSIDE_LIST_MAX: i64 = 1_000;

/// What kind of thing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutsideSubject {
    /// A car, by its id.
    Car,
    /// A person, by the user id.
    User,
    /// A device key, by its id.
    Key,
    /// Any number of buildings; the id says nothing.
    Building,
}

impl OutsideSubject {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Car => "car",
            Self::User => "user",
            Self::Key => "key",
            Self::Building => "building",
        }
    }

    fn read(text: &str) -> Option<Self> {
        [Self::Car, Self::User, Self::Key, Self::Building]
            .into_iter()
            .find(|subject| subject.as_str() == text)
    }
}

/// One change from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideChange {
    /// Rises with every change.
    pub id: i64,
    /// What kind of thing; `None` for a kind this program does not know.
    pub subject: Option<OutsideSubject>,
    /// Which one.
    pub subject_id: i64,
    /// When, in microseconds since 1970 UTC.
    pub at: i64,
}

/// Adds one change.
pub fn outside_insert(conn: &mut AnyConn, subject: OutsideSubject, subject_id: i64, at: i64) -> Result<(), StoreError> {
    diesel::insert_into(outside_change::table)
        .values((
            outside_change::subject.eq(subject.as_str()),
            outside_change::subject_id.eq(subject_id),
            outside_change::at.eq(at),
        ))
        .execute(conn)?;
    Ok(())
}

/// The changes after `id`, oldest first, at most [`OUTSIDE_LIST_MAX`].
pub fn outside_list_after(conn: &mut AnyConn, id: i64) -> Result<Vec<OutsideChange>, StoreError> {
    let rows: Vec<(i64, String, i64, i64)> = outside_change::table
        .filter(outside_change::id.gt(id))
        .order(outside_change::id)
        .limit(OUTSIDE_LIST_MAX)
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, subject, subject_id, at)| OutsideChange {
            id,
            subject: OutsideSubject::read(&subject),
            subject_id,
            at,
        })
        .collect())
}

/// The id of the newest change; 0 when there was none.
pub fn outside_latest_id(conn: &mut AnyConn) -> Result<i64, StoreError> {
    let latest: Option<i64> = outside_change::table
        .select(diesel::dsl::max(outside_change::id))
        .first(conn)?;
    Ok(latest.unwrap_or(0))
}
