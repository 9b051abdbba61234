//! The table `provider_identity`: who somebody is for a provider, by issuer and subject.

use diesel::prelude::*;

use crate::account::UserId;
use crate::store::schema::provider_identity;
use crate::store::{AnyConn, StoreError};

/// The names of the providers that know this person.
pub fn identity_providers(conn: &mut AnyConn, user: UserId) -> Result<Vec<String>, StoreError> {
    Ok(provider_identity::table
        .filter(provider_identity::user_id.eq(user.0))
        .order(provider_identity::provider)
        .select(provider_identity::provider)
        .load(conn)?)
}
