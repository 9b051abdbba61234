//! The table `known_source`: where a person has signed in from.

use diesel::prelude::*;
use jiff::Timestamp;

use super::instant;
use crate::account::UserId;
use crate::store::schema::known_source;
use crate::store::{AnyConn, StoreError};

/// Sources remembered of one person; beyond it the one not seen for longest is forgotten.
pub const SOURCES_PER_USER_MAX: i64 = 32;

/// When the person last signed in from there, as far as it was written; nothing if never.
pub fn source_seen_at(conn: &mut AnyConn, id: UserId, source: &str) -> Result<Option<Timestamp>, StoreError> {
    let seen_at = known_source::table
        .find((id.0, source))
        .select(known_source::seen_at)
        .first(conn)
        .optional()?;
    Ok(seen_at.map(instant))
}

/// Writes that the person has signed in from there, at `at`.
pub fn source_remember(conn: &mut AnyConn, id: UserId, source: &str, at: i64) -> Result<(), StoreError> {
    let seen = diesel::update(known_source::table.find((id.0, source)))
        .set(known_source::seen_at.eq(at))
        .execute(conn)?;
    if seen == 1 {
        return Ok(());
    }
    let surplus: Option<String> = known_source::table
        .filter(known_source::user_id.eq(id.0))
        .order(known_source::seen_at.desc())
        .offset(SOURCES_PER_USER_MAX - 1)
        .limit(1)
        .select(known_source::source)
        .first(conn)
        .optional()?;
    if let Some(surplus) = surplus {
        diesel::delete(known_source::table.find((id.0, surplus))).execute(conn)?;
    }
    diesel::insert_into(known_source::table)
        .values((
            known_source::user_id.eq(id.0),
            known_source::source.eq(source),
            known_source::seen_at.eq(at),
        ))
        .execute(conn)?;
    Ok(())
}
