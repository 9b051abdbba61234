//! The table `provider_grant`: what a provider gave for a session, sealed; when it is to be renewed.

use diesel::prelude::*;

use crate::account::UserId;
use crate::store::schema::{provider_grant, session_token};
use crate::store::{AnyConn, StoreError};

/// What a provider gave, to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGrant {
    /// The provider's name.
    pub provider: String,
    /// Who it is for the provider.
    pub subject: String,
    /// The provider's own number of its session.
    pub sid: Option<String>,
    /// Tokens, sealed.
    pub sealed: Vec<u8>,
    /// When groups are to be read again, in microseconds.
    pub refresh_at: Option<i64>,
}

/// What a provider gave for a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The number of the session.
    pub session: i64,
    /// Whose it is.
    pub user: UserId,
    /// The client that comes back by it.
    pub client_id: String,
    /// The provider's name.
    pub provider: String,
    /// Who it is for the provider.
    pub subject: String,
    /// Tokens, sealed.
    pub sealed: Vec<u8>,
    /// Since when renewing has failed, in microseconds.
    pub failed_since: Option<i64>,
}

type Row = (i64, Option<i64>, String, String, String, Vec<u8>, Option<i64>);

const ROW: (
    provider_grant::session_id,
    session_token::user_id,
    session_token::client_id,
    provider_grant::provider,
    provider_grant::subject,
    provider_grant::sealed,
    provider_grant::failed_since,
) = (
    provider_grant::session_id,
    session_token::user_id,
    session_token::client_id,
    provider_grant::provider,
    provider_grant::subject,
    provider_grant::sealed,
    provider_grant::failed_since,
);

fn grant((session, user, client_id, provider, subject, sealed, failed_since): Row) -> Grant {
    Grant {
        session,
        // A grant is of a person always; nobody has the number 0.
        user: UserId(user.unwrap_or_default()),
        client_id,
        provider,
        subject,
        sealed,
        failed_since,
    }
}

/// Writes what was given for a session.
pub fn grant_insert(conn: &mut AnyConn, session: i64, new: &NewGrant) -> Result<(), StoreError> {
    diesel::insert_into(provider_grant::table)
        .values((
            provider_grant::session_id.eq(session),
            provider_grant::provider.eq(&new.provider),
            provider_grant::subject.eq(&new.subject),
            provider_grant::sid.eq(new.sid.as_deref()),
            provider_grant::sealed.eq(&new.sealed),
            provider_grant::refresh_at.eq(new.refresh_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// At most `limit` grants that are to be renewed, the longest due first.
pub fn grant_list_due(conn: &mut AnyConn, now: i64, limit: i64) -> Result<Vec<Grant>, StoreError> {
    let rows: Vec<Row> = provider_grant::table
        .inner_join(session_token::table)
        .filter(provider_grant::refresh_at.le(now))
        .order(provider_grant::refresh_at)
        .limit(limit)
        .select(ROW)
        .load(conn)?;
    Ok(rows.into_iter().map(grant).collect())
}

/// What was given for the session of this client.
pub fn grant_of_client(conn: &mut AnyConn, user: UserId, client_id: &str) -> Result<Option<Grant>, StoreError> {
    let row: Option<Row> = provider_grant::table
        .inner_join(session_token::table)
        .filter(session_token::user_id.eq(user.0))
        .filter(session_token::client_id.eq(client_id))
        .select(ROW)
        .first(conn)
        .optional()?;
    Ok(row.map(grant))
}

/// The sessions of a person of a provider; with `sid` those of that session of the provider only.
pub fn grant_list_of(
    conn: &mut AnyConn,
    provider: &str,
    subject: Option<&str>,
    sid: Option<&str>,
    limit: i64,
) -> Result<Vec<Grant>, StoreError> {
    let mut query = provider_grant::table
        .inner_join(session_token::table)
        .filter(provider_grant::provider.eq(provider))
        .select(ROW)
        .limit(limit)
        .into_boxed();
    if let Some(subject) = subject {
        query = query.filter(provider_grant::subject.eq(subject));
    }
    if let Some(sid) = sid {
        query = query.filter(provider_grant::sid.eq(sid));
    }
    let rows: Vec<Row> = query.load(conn)?;
    Ok(rows.into_iter().map(grant).collect())
}

/// Puts new tokens in place; says whether the session is still there.
pub fn grant_renew(conn: &mut AnyConn, session: i64, sealed: &[u8], refresh_at: i64) -> Result<bool, StoreError> {
    let changed = diesel::update(provider_grant::table.find(session))
        .set((
            provider_grant::sealed.eq(sealed),
            provider_grant::refresh_at.eq(refresh_at),
            provider_grant::failed_since.eq(None::<i64>),
        ))
        .execute(conn)?;
    Ok(changed > 0)
}

/// Notes that renewing failed, and when it is tried again.
pub fn grant_failed(conn: &mut AnyConn, session: i64, failed_since: i64, refresh_at: i64) -> Result<(), StoreError> {
    diesel::update(provider_grant::table.find(session))
        .set((
            provider_grant::failed_since.eq(failed_since),
            provider_grant::refresh_at.eq(refresh_at),
        ))
        .execute(conn)?;
    Ok(())
}
