//! The table `provider_identity`: who somebody is for a provider, by issuer and subject; and the groups that provider gives.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::account::UserId;
use crate::store::schema::{provider_identity, user_group, users};
use crate::store::{AnyConn, StoreError};

/// The names of the providers that know this person.
pub fn identity_providers(conn: &mut AnyConn, user: UserId) -> Result<Vec<String>, StoreError> {
    Ok(provider_identity::table
        .filter(provider_identity::user_id.eq(user.0))
        .order(provider_identity::provider)
        .select(provider_identity::provider)
        .load(conn)?)
}

/// The account of somebody, and the issuer that the provider's name stood for when they first came.
pub fn identity_find(
    conn: &mut AnyConn,
    provider: &str,
    subject: &str,
) -> Result<Option<(UserId, String)>, StoreError> {
    let found: Option<(i64, String)> = provider_identity::table
        .find((provider, subject))
        .select((provider_identity::user_id, provider_identity::issuer))
        .first(conn)
        .optional()?;
    Ok(found.map(|(user, issuer)| (UserId(user), issuer)))
}

/// Writes who somebody is for a provider.
pub fn identity_insert(
    conn: &mut AnyConn,
    (provider, subject, issuer): (&str, &str, &str),
    user: UserId,
    at: i64,
) -> Result<(), StoreError> {
    diesel::insert_into(provider_identity::table)
        .values((
            provider_identity::provider.eq(provider),
            provider_identity::subject.eq(subject),
            provider_identity::issuer.eq(issuer),
            provider_identity::user_id.eq(user.0),
            provider_identity::linked_at.eq(at),
            provider_identity::seen_at.eq(at),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes that the provider told of somebody.
pub fn identity_seen(conn: &mut AnyConn, provider: &str, subject: &str, at: i64) -> Result<(), StoreError> {
    super::one(
        diesel::update(provider_identity::table.find((provider, subject)))
            .set(provider_identity::seen_at.eq(at))
            .execute(conn)?,
    )
}

/// The accounts with this mail address, two at most: with more than one it says nothing.
pub fn users_by_email(conn: &mut AnyConn, email: &str) -> Result<Vec<UserId>, StoreError> {
    let found: Vec<i64> = users::table
        .filter(sql::<Text>("lower(email)").eq(email.to_ascii_lowercase()))
        .order(users::id)
        .limit(2)
        .select(users::id)
        .load(conn)?;
    Ok(found.into_iter().map(UserId).collect())
}

/// Puts a person into exactly these groups as far as `given_by` gives any. Those that others gave stay. Says whether
/// anything changed.
pub fn user_groups_given(
    conn: &mut AnyConn,
    user: UserId,
    given_by: &str,
    groups: &[String],
    at: i64,
) -> Result<bool, StoreError> {
    let had: Vec<String> = user_group::table
        .filter(user_group::user_id.eq(user.0))
        .filter(user_group::given_by.eq(given_by))
        .select(user_group::group_name)
        .load(conn)?;
    let mut is_changed = false;
    for lost in had.iter().filter(|group| !groups.contains(group)) {
        is_changed |= super::user_group_delete(conn, user, lost)?;
    }
    for gained in groups.iter().filter(|group| !had.contains(group)) {
        if super::role_exists(conn, gained)? {
            is_changed |= super::user_group_insert(conn, user, gained, given_by, at)?;
        } else {
            tracing::warn!(group = gained, given_by, "a provider gives a role that there is not");
        }
    }
    Ok(is_changed)
}
