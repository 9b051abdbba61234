//! The table `engineer_sign`: what an engineer is recognised by at a car.

use data_encoding::HEXLOWER;
use diesel::prelude::*;

use crate::account::UserId;
use crate::account::keys::KeyHash;
use crate::store::schema::engineer_sign;
use crate::store::{AnyConn, StoreError};

/// What the engineer shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignKind {
    /// A near-by device, by its address as text.
    Device(String),
    /// A sign-in code, by its hash.
    Code(KeyHash),
}

impl SignKind {
    /// The columns `kind` and `value`. Addresses are kept lower-cased with colons, however written.
    fn columns(&self) -> (&'static str, String) {
        match self {
            Self::Device(addr) => ("device", addr.trim().to_lowercase().replace('-', ":")),
            Self::Code(hash) => ("code", HEXLOWER.encode(hash)),
        }
    }
}

/// Writes a sign of a person; one that is somebody's already is a conflict.
pub fn engineer_sign_insert(conn: &mut AnyConn, id: UserId, sign: &SignKind, at: i64) -> Result<i64, StoreError> {
    let (kind, value) = sign.columns();
    Ok(diesel::insert_into(engineer_sign::table)
        .values((
            engineer_sign::user_id.eq(id.0),
            engineer_sign::kind.eq(kind),
            engineer_sign::value.eq(value),
            engineer_sign::created_at.eq(at),
        ))
        .returning(engineer_sign::id)
        .get_result(conn)?)
}

/// Takes a sign from whoever holds it; says whether there was one.
pub fn engineer_sign_delete(conn: &mut AnyConn, sign: &SignKind) -> Result<bool, StoreError> {
    let (kind, value) = sign.columns();
    let gone = diesel::delete(
        engineer_sign::table
            .filter(engineer_sign::kind.eq(kind))
            .filter(engineer_sign::value.eq(value)),
    )
    .execute(conn)?;
    Ok(gone > 0)
}

/// Takes every sign-in code from a person.
pub fn engineer_code_delete_all(conn: &mut AnyConn, id: UserId) -> Result<usize, StoreError> {
    Ok(diesel::delete(
        engineer_sign::table
            .filter(engineer_sign::user_id.eq(id.0))
            .filter(engineer_sign::kind.eq("code")),
    )
    .execute(conn)?)
}

/// Whose sign it is.
pub fn engineer_sign_find(conn: &mut AnyConn, sign: &SignKind) -> Result<Option<UserId>, StoreError> {
    let (kind, value) = sign.columns();
    let found = engineer_sign::table
        .filter(engineer_sign::kind.eq(kind))
        .filter(engineer_sign::value.eq(value))
        .select(engineer_sign::user_id)
        .first(conn)
        .optional()?;
    Ok(found.map(UserId))
}
