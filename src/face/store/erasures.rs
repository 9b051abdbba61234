//! The table `face_erasure`: receipts, and keys that still have to go.
//!
//! Rows are never deleted.

use diesel::prelude::*;
use jiff::Timestamp;

use super::instant;
use crate::booking::UserId;
use crate::face::vault::Receipt;
use crate::store::schema::face_erasure;
use crate::store::{AnyConn, StoreError};

#[derive(Queryable, Selectable)]
#[diesel(table_name = face_erasure)]
struct ErasureRow {
    receipt: String,
    user_id: i64,
    templates: i32,
    key_id: Option<i64>,
    key_fingerprint: Option<String>,
    erased_at: i64,
    erased_by: String,
    key_destroyed_at: Option<i64>,
}

impl From<ErasureRow> for Receipt {
    fn from(row: ErasureRow) -> Self {
        Self {
            receipt: row.receipt,
            user: UserId(row.user_id),
            templates: row.templates,
            key: row.key_id,
            key_fingerprint: row.key_fingerprint,
            erased_at: instant(row.erased_at),
            erased_by: row.erased_by,
            key_destroyed_at: row.key_destroyed_at.map(instant),
        }
    }
}

/// Writes what was erased.
pub(in crate::face) fn erasure_insert(conn: &mut AnyConn, receipt: &Receipt) -> Result<(), StoreError> {
    diesel::insert_into(face_erasure::table)
        .values((
            face_erasure::receipt.eq(&receipt.receipt),
            face_erasure::user_id.eq(receipt.user.0),
            face_erasure::templates.eq(receipt.templates),
            face_erasure::key_id.eq(receipt.key),
            face_erasure::key_fingerprint.eq(receipt.key_fingerprint.as_deref()),
            face_erasure::erased_at.eq(receipt.erased_at.as_microsecond()),
            face_erasure::erased_by.eq(&receipt.erased_by),
            face_erasure::key_destroyed_at.eq(receipt.key_destroyed_at.map(Timestamp::as_microsecond)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes that the key is gone.
pub(in crate::face) fn erasure_destroyed(conn: &mut AnyConn, receipt: &str, at: i64) -> Result<(), StoreError> {
    diesel::update(face_erasure::table.filter(face_erasure::receipt.eq(receipt)))
        .set(face_erasure::key_destroyed_at.eq(Some(at)))
        .execute(conn)?;
    Ok(())
}

/// At most `limit` receipts of a person, newest first.
pub(in crate::face) fn erasure_list(conn: &mut AnyConn, user: UserId, limit: i64) -> Result<Vec<Receipt>, StoreError> {
    let rows: Vec<ErasureRow> = face_erasure::table
        .filter(face_erasure::user_id.eq(user.0))
        .order(face_erasure::id.desc())
        .limit(limit)
        .select(ErasureRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Receipt::from).collect())
}

/// At most `limit` receipts, newest first.
pub(in crate::face) fn erasure_list_all(conn: &mut AnyConn, limit: i64) -> Result<Vec<Receipt>, StoreError> {
    let rows: Vec<ErasureRow> = face_erasure::table
        .order(face_erasure::id.desc())
        .limit(limit)
        .select(ErasureRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Receipt::from).collect())
}

/// Those whose key still has to go.
pub(in crate::face) fn erasure_list_open(conn: &mut AnyConn, limit: i64) -> Result<Vec<Receipt>, StoreError> {
    let rows: Vec<ErasureRow> = face_erasure::table
        .filter(face_erasure::key_destroyed_at.is_null())
        .order(face_erasure::id)
        .limit(limit)
        .select(ErasureRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Receipt::from).collect())
}
