//! The table `session_token` as the sessions of a person: listed, and ended.
//!
//! A session is named by its number, which tells nothing about its token.

use diesel::prelude::*;
use jiff::Timestamp;

use super::instant;
use crate::account::UserId;
use crate::account::keys::KeyHash;
use crate::store::schema::session_token;
use crate::store::{AnyConn, StoreError};

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its number.
    pub id: i64,
    /// The client that comes back by it.
    pub client_id: String,
    /// That client's name when it began.
    pub name: String,
    /// That client's kind.
    pub kind: String,
    /// `password`, or `provider:` and its name.
    pub how: String,
    /// What the client said it runs.
    pub software: String,
    /// Where it was begun from.
    pub address: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, as far as that was written.
    pub used_at: Timestamp,
    /// When it ends unless it is used again.
    pub expires_at: Timestamp,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = session_token)]
struct SessionRow {
    id: i64,
    client_id: String,
    name: String,
    kind: String,
    how: String,
    software: String,
    address: String,
    created_at: i64,
    used_at: i64,
    expires_at: i64,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: row.id,
            client_id: row.client_id,
            name: row.name,
            kind: row.kind,
            how: row.how,
            software: row.software,
            address: row.address,
            created_at: instant(row.created_at),
            used_at: instant(row.used_at),
            expires_at: instant(row.expires_at),
        }
    }
}

/// The sessions of a person that have not run out, the latest first; bounded by
/// [`TOKENS_PER_OWNER_MAX`](super::TOKENS_PER_OWNER_MAX).
pub fn session_list(conn: &mut AnyConn, user: UserId, now: i64) -> Result<Vec<Session>, StoreError> {
    let rows = session_token::table
        .filter(session_token::user_id.eq(user.0))
        .filter(session_token::expires_at.gt(now))
        .order((session_token::used_at.desc(), session_token::id.desc()))
        .select(SessionRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Session::from).collect())
}

/// The session of a person that a client comes back by.
pub fn session_of_client(conn: &mut AnyConn, user: UserId, client_id: &str) -> Result<Option<Session>, StoreError> {
    let row = session_token::table
        .filter(session_token::user_id.eq(user.0))
        .filter(session_token::client_id.eq(client_id))
        .select(SessionRow::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Session::from))
}

/// Ends one session of a person, and those begun from it; gives the clients that came back by them, none if there is no
/// such session.
pub fn session_delete(conn: &mut AnyConn, user: UserId, id: i64) -> Result<Vec<String>, StoreError> {
    let is_theirs = session_token::table
        .find(id)
        .filter(session_token::user_id.eq(user.0))
        .select(session_token::id)
        .first::<i64>(conn)
        .optional()?
        .is_some();
    if is_theirs { delete(conn, id) } else { Ok(Vec::new()) }
}

/// Ends the sessions of a person, but for that of one client, the one it was begun from and those begun from either; gives
/// the clients of those that ended.
pub fn session_delete_others(
    conn: &mut AnyConn,
    user: UserId,
    kept_client: Option<&str>,
) -> Result<Vec<String>, StoreError> {
    // Numbers rise, so who was begun from somebody comes after them.
    let all: Vec<(i64, String, Option<i64>)> = session_token::table
        .filter(session_token::user_id.eq(user.0))
        .order(session_token::id)
        .select((session_token::id, session_token::client_id, session_token::parent))
        .load(conn)?;
    let mut root = None;
    for (id, client_id, parent) in all.iter().rev() {
        if kept_client == Some(client_id.as_str()) || root == Some(*id) {
            root = Some(parent.unwrap_or(*id));
        }
    }
    let mut kept: Vec<i64> = root.into_iter().collect();
    for (id, _, parent) in &all {
        if parent.is_some_and(|parent| kept.contains(&parent)) {
            kept.push(*id);
        }
    }
    let ended = all.iter().filter(|(id, _, _)| !kept.contains(id));
    let (ids, clients): (Vec<i64>, Vec<String>) = ended.map(|(id, client_id, _)| (*id, client_id.clone())).unzip();
    diesel::delete(session_token::table.filter(session_token::id.eq_any(ids))).execute(conn)?;
    Ok(clients)
}

/// Whose session ended, and the clients of it and of those begun from it.
pub(crate) type Ended = (Option<UserId>, Vec<String>);

/// Ends the session of a token, and those begun from it.
pub fn session_delete_by_token(conn: &mut AnyConn, hash: &KeyHash) -> Result<Option<Ended>, StoreError> {
    let found: Option<(i64, Option<i64>)> = session_token::table
        .filter(session_token::token_hash.eq(hash.as_slice()))
        .select((session_token::id, session_token::user_id))
        .first(conn)
        .optional()?;
    let Some((id, user)) = found else { return Ok(None) };
    Ok(Some((user.map(UserId), delete(conn, id)?)))
}

/// Deletes a session; the database deletes those begun from it.
fn delete(conn: &mut AnyConn, id: i64) -> Result<Vec<String>, StoreError> {
    let mut clients: Vec<String> = session_token::table
        .find(id)
        .select(session_token::client_id)
        .load(conn)?;
    let mut above = vec![id];
    while let Some(parent) = above.pop() {
        let below: Vec<(i64, String)> = session_token::table
            .filter(session_token::parent.eq(parent))
            .select((session_token::id, session_token::client_id))
            .load(conn)?;
        for (id, client_id) in below {
            above.push(id);
            clients.push(client_id);
        }
    }
    diesel::delete(session_token::table.find(id)).execute(conn)?;
    Ok(clients)
}
