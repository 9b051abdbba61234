//! The tables `face_consent` and `face_consent_text`.
//!
//! Rows are never deleted: that somebody agreed, and to what, and that they took it back, stays known.

use diesel::prelude::*;

use super::instant;
use crate::booking::UserId;
use crate::face::vault::{ConsentKept, Proof};
use crate::store::schema::{face_consent, face_consent_text};
use crate::store::{AnyConn, StoreError};

#[derive(Queryable, Selectable)]
#[diesel(table_name = face_consent)]
struct ConsentRow {
    text_version: String,
    given_at: i64,
    given_by: String,
    proof: String,
    withdrawn_at: Option<i64>,
}

impl From<ConsentRow> for ConsentKept {
    fn from(row: ConsentRow) -> Self {
        Self {
            version: row.text_version,
            given_at: instant(row.given_at),
            given_by: row.given_by,
            proof: row.proof,
            withdrawn_at: row.withdrawn_at.map(instant),
        }
    }
}

/// Writes what a person agreed to; the text too, if nobody did before.
pub(in crate::face) fn consent_insert(
    conn: &mut AnyConn,
    user: UserId,
    (version, text): (&str, &str),
    (given_by, proof): (&str, Proof),
    at: i64,
) -> Result<(), StoreError> {
    let known: Option<String> = face_consent_text::table
        .find(version)
        .select(face_consent_text::version)
        .first(conn)
        .optional()?;
    if known.is_none() {
        diesel::insert_into(face_consent_text::table)
            .values((
                face_consent_text::version.eq(version),
                face_consent_text::text.eq(text),
                face_consent_text::first_at.eq(at),
            ))
            .execute(conn)?;
    }
    diesel::insert_into(face_consent::table)
        .values((
            face_consent::user_id.eq(user.0),
            face_consent::text_version.eq(version),
            face_consent::given_at.eq(at),
            face_consent::given_by.eq(given_by),
            face_consent::proof.eq(proof.as_str()),
        ))
        .execute(conn)?;
    Ok(())
}

/// What the person agreed to last and did not take back.
pub(in crate::face) fn consent_latest(conn: &mut AnyConn, user: UserId) -> Result<Option<ConsentKept>, StoreError> {
    let row: Option<ConsentRow> = face_consent::table
        .filter(face_consent::user_id.eq(user.0))
        .filter(face_consent::withdrawn_at.is_null())
        .order(face_consent::id.desc())
        .select(ConsentRow::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(ConsentKept::from))
}

/// At most `limit` of the person's consents, newest first.
pub(in crate::face) fn consent_list(
    conn: &mut AnyConn,
    user: UserId,
    limit: i64,
) -> Result<Vec<ConsentKept>, StoreError> {
    let rows: Vec<ConsentRow> = face_consent::table
        .filter(face_consent::user_id.eq(user.0))
        .order(face_consent::id.desc())
        .limit(limit)
        .select(ConsentRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(ConsentKept::from).collect())
}

/// The texts of those versions.
pub(in crate::face) fn consent_text_list(
    conn: &mut AnyConn,
    versions: &[String],
) -> Result<Vec<(String, String)>, StoreError> {
    Ok(face_consent_text::table
        .filter(face_consent_text::version.eq_any(versions))
        .order(face_consent_text::version)
        .select((face_consent_text::version, face_consent_text::text))
        .load(conn)?)
}

/// Takes back whatever the person agreed to; says whether there was anything.
pub(in crate::face) fn consent_withdraw_all(
    conn: &mut AnyConn,
    user: UserId,
    by: &str,
    at: i64,
) -> Result<bool, StoreError> {
    let open = face_consent::table
        .filter(face_consent::user_id.eq(user.0))
        .filter(face_consent::withdrawn_at.is_null());
    let withdrawn = diesel::update(open)
        .set((
            face_consent::withdrawn_at.eq(Some(at)),
            face_consent::withdrawn_by.eq(Some(by)),
        ))
        .execute(conn)?;
    Ok(withdrawn > 0)
}
