//! The table `engineer_sign`: what an engineer is recognised by at a car.
//!
//! A device is kept by its address in the one way of [`crate::fleet::rules::device_address`], a code by
//! its hash. One sign is one engineer's.

use data_encoding::HEXLOWER;
use diesel::prelude::*;

use crate::account::UserId;
use crate::account::keys::KeyHash;
use crate::store::schema::{engineer_sign, users};
use crate::store::{AnyConn, StoreError};

/// Most devices one engineer is recognised by.
pub const SIGNS_PER_ENGINEER_MAX: i64 = 16;

/// What the engineer shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignKind {
    /// A near-by device, by its address as [`crate::fleet::rules::device_address`] writes it.
    Device(String),
    /// A sign-in code, by its hash.
    Code(KeyHash),
}

impl SignKind {
    fn columns(&self) -> (&'static str, String) {
        match self {
            Self::Device(address) => ("device", address.clone()),
            Self::Code(hash) => ("code", HEXLOWER.encode(hash)),
        }
    }
}

/// Writes a sign of an engineer; one that is somebody's already is a conflict.
pub fn engineer_sign_insert(conn: &mut AnyConn, engineer: UserId, sign: &SignKind, at: i64) -> Result<(), StoreError> {
    let (kind, value) = sign.columns();
    diesel::insert_into(engineer_sign::table)
        .values((
            engineer_sign::user_id.eq(engineer.0),
            engineer_sign::kind.eq(kind),
            engineer_sign::value.eq(value),
            engineer_sign::created_at.eq(at),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes a sign from this engineer; `Missing` when it is not theirs.
pub fn engineer_sign_delete(conn: &mut AnyConn, engineer: UserId, sign: &SignKind) -> Result<(), StoreError> {
    let (kind, value) = sign.columns();
    let gone = diesel::delete(
        engineer_sign::table
            .filter(engineer_sign::user_id.eq(engineer.0))
            .filter(engineer_sign::kind.eq(kind))
            .filter(engineer_sign::value.eq(value)),
    )
    .execute(conn)?;
    super::one(gone)
}

/// Takes every code from an engineer: a new one takes their place.
pub fn engineer_sign_delete_all(conn: &mut AnyConn, engineer: UserId, kind: &'static str) -> Result<usize, StoreError> {
    Ok(diesel::delete(
        engineer_sign::table
            .filter(engineer_sign::user_id.eq(engineer.0))
            .filter(engineer_sign::kind.eq(kind)),
    )
    .execute(conn)?)
}

/// How many devices an engineer is recognised by.
pub fn engineer_sign_count(conn: &mut AnyConn, engineer: UserId, kind: &'static str) -> Result<i64, StoreError> {
    Ok(engineer_sign::table
        .filter(engineer_sign::user_id.eq(engineer.0))
        .filter(engineer_sign::kind.eq(kind))
        .count()
        .get_result(conn)?)
}

/// The engineers these signs are of, each once, those who may not sign in left out.
pub fn engineer_sign_find(conn: &mut AnyConn, signs: &[SignKind]) -> Result<Vec<UserId>, StoreError> {
    let mut found = Vec::new();
    for sign in signs {
        let (kind, value) = sign.columns();
        let engineer: Option<i64> = engineer_sign::table
            .inner_join(users::table)
            .filter(users::disabled.eq(false))
            .filter(engineer_sign::kind.eq(kind))
            .filter(engineer_sign::value.eq(value))
            .select(engineer_sign::user_id)
            .first(conn)
            .optional()?;
        found.extend(engineer.map(UserId).filter(|engineer| !found.contains(engineer)));
    }
    Ok(found)
}
