//! The table `device_key`.
//!
//! Keys are never deleted: a revoked one stays, so that the audit log can name it.

use diesel::prelude::*;

use super::instant;
use crate::account::keys::KeyHash;
use crate::account::{DeviceKey, KeyKind};
use crate::store::schema::device_key;
use crate::store::{AnyConn, StoreError};

/// A key to be written.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// SHA-256 of the key.
    pub key_hash: KeyHash,
    /// What it lets its holder be.
    pub kind: KeyKind,
    /// The client name it signs in as.
    pub name: String,
    /// The car, for keys of kind `car`.
    pub car_id: Option<i64>,
    /// Who made it.
    pub made_by: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = device_key)]
struct KeyRow {
    id: i64,
    kind: String,
    name: String,
    car_id: Option<i64>,
    made_by: String,
    created_at: i64,
    revoked_at: Option<i64>,
}

impl KeyRow {
    /// Nothing for a kind this version does not know: such a key opens nothing.
    fn key(self) -> Option<DeviceKey> {
        Some(DeviceKey {
            id: self.id,
            kind: self.kind.parse().ok()?,
            name: self.name,
            car_id: self.car_id,
            made_by: self.made_by,
            created_at: instant(self.created_at),
            revoked_at: self.revoked_at.map(instant),
        })
    }
}

/// Writes a key and says its number.
pub fn key_insert(conn: &mut AnyConn, new: &NewKey, at: i64) -> Result<i64, StoreError> {
    Ok(diesel::insert_into(device_key::table)
        .values((
            device_key::key_hash.eq(new.key_hash.as_slice()),
            device_key::kind.eq(new.kind.as_str()),
            device_key::name.eq(&new.name),
            device_key::car_id.eq(new.car_id),
            device_key::made_by.eq(&new.made_by),
            device_key::created_at.eq(at),
        ))
        .returning(device_key::id)
        .get_result(conn)?)
}

/// The key of that hash, unless it is revoked.
pub fn key_by_hash(conn: &mut AnyConn, hash: &KeyHash) -> Result<Option<DeviceKey>, StoreError> {
    let row = device_key::table
        .filter(device_key::key_hash.eq(hash.as_slice()))
        .filter(device_key::revoked_at.is_null())
        .select(KeyRow::as_select())
        .first(conn)
        .optional()?;
    Ok(row.and_then(KeyRow::key))
}

/// The key of that number, revoked or not.
pub fn key_by_id(conn: &mut AnyConn, id: i64) -> Result<Option<DeviceKey>, StoreError> {
    let row = device_key::table
        .find(id)
        .select(KeyRow::as_select())
        .first(conn)
        .optional()?;
    Ok(row.and_then(KeyRow::key))
}

/// At most `limit` keys with numbers above `after`, revoked ones too, by number.
pub fn key_list(conn: &mut AnyConn, after: i64, limit: i64) -> Result<Vec<DeviceKey>, StoreError> {
    let rows = device_key::table
        .filter(device_key::id.gt(after))
        .order(device_key::id)
        .limit(limit)
        .select(KeyRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().filter_map(KeyRow::key).collect())
}

/// Takes a key's force, and its tokens; says whether it had any force left.
pub fn key_revoke(conn: &mut AnyConn, id: i64, at: i64) -> Result<bool, StoreError> {
    let revoked = diesel::update(device_key::table.find(id).filter(device_key::revoked_at.is_null()))
        .set(device_key::revoked_at.eq(Some(at)))
        .execute(conn)?;
    super::token_delete_for_key(conn, id)?;
    Ok(revoked == 1)
}

/// The admin keys in force, newest first.
pub fn admin_key_list(conn: &mut AnyConn) -> Result<Vec<DeviceKey>, StoreError> {
    let rows = device_key::table
        .filter(device_key::kind.eq(KeyKind::Admin.as_str()))
        .filter(device_key::revoked_at.is_null())
        .order(device_key::id.desc())
        .select(KeyRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().filter_map(KeyRow::key).collect())
}

/// Whether somebody can administer this server by key.
pub fn admin_key_exists(conn: &mut AnyConn) -> Result<bool, StoreError> {
    let found = device_key::table
        .filter(device_key::kind.eq(KeyKind::Admin.as_str()))
        .filter(device_key::revoked_at.is_null())
        .select(device_key::id)
        .first::<i64>(conn)
        .optional()?;
    Ok(found.is_some())
}
