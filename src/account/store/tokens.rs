//! The table `session_token`.
//!
//! A token is good only while it has not run out and its owner still may sign in; that is looked
//! up with it, never remembered.

use diesel::prelude::*;

use super::instant;
use crate::account::keys::KeyHash;
use crate::account::{Issue, Resumed, UserId};
use crate::store::schema::session_token;
use crate::store::{AnyConn, StoreError};

/// Tokens of one owner; beyond it the one that runs out first is ended.
pub const TOKENS_PER_OWNER_MAX: i64 = 64;
/// Tokens of all guests together; beyond it likewise.
pub const GUEST_TOKENS_MAX: i64 = 4_096;
/// Run-out tokens deleted by one insert: two, so that they go faster than they come.
const EXPIRED_PER_INSERT_MAX: i64 = 2;

/// A token to be written.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// SHA-256 of the token.
    pub token_hash: KeyHash,
    /// For whom it is.
    pub issue: Issue,
    /// From when it is good for nothing, in microseconds.
    pub expires_at: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = session_token)]
struct TokenRow {
    id: i64,
    client_id: String,
    name: String,
    kind: String,
    user_id: Option<i64>,
    key_id: Option<i64>,
    expires_at: i64,
    ends_at: Option<i64>,
    used_at: i64,
}

/// Writes a token and gives the number of its session. The same owner's oldest beyond [`TOKENS_PER_OWNER_MAX`] and a
/// few run-out ones go.
pub fn token_insert(conn: &mut AnyConn, new: &NewToken, now: i64) -> Result<i64, StoreError> {
    token_delete_expired(conn, now, EXPIRED_PER_INSERT_MAX)?;
    if let Some(oldest) = surplus(conn, &new.issue)? {
        diesel::delete(session_token::table.find(oldest)).execute(conn)?;
    }
    let begun = &new.issue.begun;
    let ends_at = begun.ends_at.map(|at| at.as_microsecond());
    let id = diesel::insert_into(session_token::table)
        .values((
            session_token::token_hash.eq(new.token_hash.as_slice()),
            session_token::client_id.eq(&new.issue.client_id),
            session_token::name.eq(&new.issue.name),
            session_token::kind.eq(&new.issue.kind),
            session_token::user_id.eq(new.issue.user_id.map(|id| id.0)),
            session_token::key_id.eq(new.issue.key_id),
            session_token::expires_at.eq(ends_at.map_or(new.expires_at, |end| end.min(new.expires_at))),
            session_token::parent.eq(begun.parent),
            session_token::ends_at.eq(ends_at),
            session_token::created_at.eq(now),
            session_token::used_at.eq(now),
            session_token::how.eq(&begun.how),
            session_token::software.eq(&begun.software),
            session_token::address.eq(&begun.address),
        ))
        .returning(session_token::id)
        .get_result(conn)?;
    Ok(id)
}

/// The token of the same owner that makes room for one more, if room is wanting. All guests
/// together are one owner.
fn surplus(conn: &mut AnyConn, issue: &Issue) -> Result<Option<i64>, StoreError> {
    let owned = session_token::table
        .select(session_token::id)
        .order(session_token::expires_at.desc())
        .limit(1)
        .into_boxed();
    let owned = match (issue.user_id, issue.key_id) {
        (Some(id), _) => owned
            .filter(session_token::user_id.eq(id.0))
            .offset(TOKENS_PER_OWNER_MAX - 1),
        (None, Some(id)) => owned
            .filter(session_token::key_id.eq(id))
            .offset(TOKENS_PER_OWNER_MAX - 1),
        (None, None) => owned
            .filter(session_token::user_id.is_null().and(session_token::key_id.is_null()))
            .offset(GUEST_TOKENS_MAX - 1),
    };
    Ok(owned.first(conn).optional()?)
}

/// The token of that hash, if it has not run out, its person is not disabled and its key not revoked.
pub fn token_by_hash(conn: &mut AnyConn, hash: &KeyHash, now: i64) -> Result<Option<Resumed>, StoreError> {
    let row = session_token::table
        .filter(session_token::token_hash.eq(hash.as_slice()))
        .filter(session_token::expires_at.gt(now))
        .select(TokenRow::as_select())
        .first(conn)
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let person = row.user_id.map(UserId);
    if let Some(id) = person
        && super::user_by_id(conn, id)?.is_none_or(|person| person.disabled)
    {
        return Ok(None);
    }
    let key = match row.key_id {
        None => None,
        Some(id) => match super::key_by_id(conn, id)? {
            Some(key) if key.revoked_at.is_none() => Some(key),
            _ => return Ok(None),
        },
    };
    Ok(Some(Resumed {
        session: row.id,
        client_id: row.client_id,
        name: row.name,
        kind: row.kind,
        user_id: person,
        key_id: row.key_id,
        car_id: key.and_then(|key| key.car_id),
        expires_at: instant(row.expires_at),
        ends_at: row.ends_at.map(instant),
        used_at: instant(row.used_at),
    }))
}

/// Moves the end of a session that is in use, and notes when it was used.
pub fn token_touch(conn: &mut AnyConn, session: i64, expires_at: i64, now: i64) -> Result<(), StoreError> {
    super::one(
        diesel::update(session_token::table.find(session))
            .set((session_token::expires_at.eq(expires_at), session_token::used_at.eq(now)))
            .execute(conn)?,
    )
}

/// Ends all tokens of a person; says how many there were.
pub fn token_delete_for_user(conn: &mut AnyConn, id: UserId) -> Result<usize, StoreError> {
    Ok(diesel::delete(session_token::table.filter(session_token::user_id.eq(id.0))).execute(conn)?)
}

/// Ends all tokens of a key; says how many there were.
pub fn token_delete_for_key(conn: &mut AnyConn, id: i64) -> Result<usize, StoreError> {
    Ok(diesel::delete(session_token::table.filter(session_token::key_id.eq(id))).execute(conn)?)
}

/// Deletes at most `limit` tokens that have run out; says how many.
pub fn token_delete_expired(conn: &mut AnyConn, now: i64, limit: i64) -> Result<usize, StoreError> {
    let expired: Vec<i64> = session_token::table
        .filter(session_token::expires_at.le(now))
        .select(session_token::id)
        .order(session_token::expires_at)
        .limit(limit)
        .load(conn)?;
    if expired.is_empty() {
        return Ok(0);
    }
    Ok(diesel::delete(session_token::table.filter(session_token::id.eq_any(expired))).execute(conn)?)
}
