//! The table `session_token`.
//!
//! A token is good only while it has not run out and its owner still may sign in; that is looked
//! up with it, never remembered.

use diesel::prelude::*;

use super::instant;
use crate::account::keys::KeyHash;
use crate::account::{Resumed, TokenOwner, UserId};
use crate::store::schema::session_token;
use crate::store::{AnyConn, StoreError};

/// Tokens of one owner; beyond it the one that runs out first is ended.
pub const TOKENS_PER_OWNER_MAX: i64 = 64;
/// Run-out tokens deleted by one insert: two, so that they go faster than they come.
const EXPIRED_PER_INSERT_MAX: i64 = 2;

/// A token to be written.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// SHA-256 of the token.
    pub token_hash: KeyHash,
    /// The client that may resume by it.
    pub client_id: String,
    /// Its name.
    pub name: String,
    /// Its kind of client.
    pub kind: String,
    /// The person signed in, if one is.
    pub user_id: Option<UserId>,
    /// The key it signed in by, if it did.
    pub key_id: Option<i64>,
    /// From when it is good for nothing, in microseconds.
    pub expires_at: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = session_token)]
struct TokenRow {
    client_id: String,
    name: String,
    kind: String,
    user_id: Option<i64>,
    key_id: Option<i64>,
    expires_at: i64,
}

/// Writes a token. The same owner's oldest beyond [`TOKENS_PER_OWNER_MAX`] and a few run-out ones go.
pub fn token_insert(conn: &mut AnyConn, new: &NewToken, now: i64) -> Result<(), StoreError> {
    token_delete_expired(conn, now, EXPIRED_PER_INSERT_MAX)?;
    if let Some(oldest) = surplus(conn, new)? {
        diesel::delete(session_token::table.find(oldest)).execute(conn)?;
    }
    diesel::insert_into(session_token::table)
        .values((
            session_token::token_hash.eq(new.token_hash.as_slice()),
            session_token::client_id.eq(&new.client_id),
            session_token::name.eq(&new.name),
            session_token::kind.eq(&new.kind),
            session_token::user_id.eq(new.user_id.map(|id| id.0)),
            session_token::key_id.eq(new.key_id),
            session_token::expires_at.eq(new.expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// The token of the same owner that makes room for one more, if room is wanting.
fn surplus(conn: &mut AnyConn, new: &NewToken) -> Result<Option<Vec<u8>>, StoreError> {
    let mut owned = session_token::table
        .select(session_token::token_hash)
        .order(session_token::expires_at.desc())
        .offset(TOKENS_PER_OWNER_MAX - 1)
        .into_boxed();
    owned = match (new.user_id, new.key_id) {
        (Some(id), _) => owned.filter(session_token::user_id.eq(id.0)),
        (None, Some(id)) => owned.filter(session_token::key_id.eq(id)),
        // A guest owns nothing in common with other guests; those tokens are bounded by their life.
        (None, None) => return Ok(None),
    };
    Ok(owned.limit(1).first(conn).optional()?)
}

/// The token of that hash, if it has not run out, its person is not disabled and its key not revoked.
pub fn token_by_hash(
    conn: &mut AnyConn,
    hash: &KeyHash,
    now: i64,
) -> Result<Option<Resumed>, StoreError> {
    let row = session_token::table
        .find(hash.as_slice())
        .filter(session_token::expires_at.gt(now))
        .select(TokenRow::as_select())
        .first(conn)
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let owner = match (row.user_id, row.key_id) {
        (Some(id), _) => super::user_by_id(conn, UserId(id))?
            .filter(|person| !person.disabled)
            .map(TokenOwner::User),
        (None, Some(id)) => super::key_by_id(conn, id)?
            .filter(|key| key.revoked_at.is_none())
            .map(TokenOwner::Key),
        (None, None) => Some(TokenOwner::Guest),
    };
    Ok(owner.map(|owner| Resumed {
        client_id: row.client_id,
        name: row.name,
        kind: row.kind,
        owner,
        expires_at: instant(row.expires_at),
    }))
}

/// Moves the end of a token that is in use.
pub fn token_touch(
    conn: &mut AnyConn,
    hash: &KeyHash,
    expires_at: i64,
) -> Result<(), StoreError> {
    super::one(
        diesel::update(session_token::table.find(hash.as_slice()))
            .set(session_token::expires_at.eq(expires_at))
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
pub fn token_delete_expired(
    conn: &mut AnyConn,
    now: i64,
    limit: i64,
) -> Result<usize, StoreError> {
    let expired: Vec<Vec<u8>> = session_token::table
        .filter(session_token::expires_at.le(now))
        .select(session_token::token_hash)
        .order(session_token::expires_at)
        .limit(limit)
        .load(conn)?;
    if expired.is_empty() {
        return Ok(0);
    }
    Ok(diesel::delete(session_token::table.filter(session_token::token_hash.eq_any(expired)))
        .execute(conn)?)
}
