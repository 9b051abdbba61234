//! The table `one_time_code`: invitations and resets. A code that was used, revoked or replaced is gone.

use diesel::prelude::*;
use jiff::Timestamp;

use super::instant;
use crate::account::UserId;
use crate::account::keys::KeyHash;
use crate::store::schema::one_time_code;
use crate::store::{AnyConn, StoreError};

/// Codes of one purpose that may be open at the same time.
pub const CODES_OPEN_MAX: i64 = 1_000;

/// What a code is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodePurpose {
    /// Signing up.
    Invitation,
    /// A new password.
    Reset,
}

impl CodePurpose {
    /// The word kept in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Reset => "reset",
        }
    }
}

/// A code to be written.
#[derive(Debug, Clone)]
pub struct NewCode {
    /// SHA-256 of the code.
    pub code_hash: KeyHash,
    /// What it is good for.
    pub purpose: CodePurpose,
    /// The role an invitation gives.
    pub role: Option<String>,
    /// Whose password a reset is for.
    pub user: Option<UserId>,
    /// What the operator noted.
    pub note: String,
    /// Who made it, as in the audit log.
    pub made_by: String,
    /// When, in microseconds.
    pub made_at: i64,
    /// From when it is good for nothing, in microseconds.
    pub expires_at: i64,
}

/// An open code; its text is known to its holder only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// Its number.
    pub id: i64,
    /// The role it gives.
    pub role: Option<String>,
    /// Whose password it is for.
    pub user: Option<UserId>,
    /// What the operator noted.
    pub note: String,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
    /// From when it is good for nothing.
    pub expires_at: Timestamp,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = one_time_code)]
struct CodeRow {
    id: i64,
    role: Option<String>,
    user_id: Option<i64>,
    note: String,
    made_by: String,
    made_at: i64,
    expires_at: i64,
}

impl From<CodeRow> for Code {
    fn from(row: CodeRow) -> Self {
        Self {
            id: row.id,
            role: row.role,
            user: row.user_id.map(UserId),
            note: row.note,
            made_by: row.made_by,
            made_at: instant(row.made_at),
            expires_at: instant(row.expires_at),
        }
    }
}

/// Writes a code; an earlier reset of the same person loses its force. Gives its number, nothing when as many are open
/// as may be.
pub fn code_insert(conn: &mut AnyConn, new: &NewCode) -> Result<Option<i64>, StoreError> {
    if let Some(user) = new.user {
        code_delete_for_user(conn, user)?;
    }
    let open: i64 = one_time_code::table
        .filter(one_time_code::purpose.eq(new.purpose.as_str()))
        .filter(one_time_code::expires_at.gt(new.made_at))
        .count()
        .get_result(conn)?;
    if open >= CODES_OPEN_MAX {
        return Ok(None);
    }
    let id = diesel::insert_into(one_time_code::table)
        .values((
            one_time_code::code_hash.eq(new.code_hash.as_slice()),
            one_time_code::purpose.eq(new.purpose.as_str()),
            one_time_code::role.eq(new.role.as_deref()),
            one_time_code::user_id.eq(new.user.map(|user| user.0)),
            one_time_code::note.eq(&new.note),
            one_time_code::made_by.eq(&new.made_by),
            one_time_code::made_at.eq(new.made_at),
            one_time_code::expires_at.eq(new.expires_at),
        ))
        .returning(one_time_code::id)
        .get_result(conn)?;
    Ok(Some(id))
}

/// The open code of that hash.
pub fn code_by_hash(
    conn: &mut AnyConn,
    hash: &KeyHash,
    purpose: CodePurpose,
    now: i64,
) -> Result<Option<Code>, StoreError> {
    let row = one_time_code::table
        .filter(one_time_code::code_hash.eq(hash.as_slice()))
        .filter(one_time_code::purpose.eq(purpose.as_str()))
        .filter(one_time_code::expires_at.gt(now))
        .select(CodeRow::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Code::from))
}

/// Open codes of a purpose with numbers above `after`.
pub fn code_list(
    conn: &mut AnyConn,
    purpose: CodePurpose,
    after: i64,
    now: i64,
    limit: i64,
) -> Result<Vec<Code>, StoreError> {
    let rows = one_time_code::table
        .filter(one_time_code::purpose.eq(purpose.as_str()))
        .filter(one_time_code::id.gt(after))
        .filter(one_time_code::expires_at.gt(now))
        .order(one_time_code::id)
        .limit(limit)
        .select(CodeRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Code::from).collect())
}

/// Takes a code's force; says whether it had any.
pub fn code_delete(conn: &mut AnyConn, purpose: CodePurpose, id: i64) -> Result<bool, StoreError> {
    let gone = diesel::delete(
        one_time_code::table
            .find(id)
            .filter(one_time_code::purpose.eq(purpose.as_str())),
    )
    .execute(conn)?;
    Ok(gone > 0)
}

/// Takes the force of the resets of a person.
pub fn code_delete_for_user(conn: &mut AnyConn, user: UserId) -> Result<usize, StoreError> {
    Ok(diesel::delete(one_time_code::table.filter(one_time_code::user_id.eq(user.0))).execute(conn)?)
}

/// Deletes at most `limit` codes that have run out; says how many.
pub fn code_delete_expired(conn: &mut AnyConn, now: i64, limit: i64) -> Result<usize, StoreError> {
    let ended: Vec<i64> = one_time_code::table
        .filter(one_time_code::expires_at.le(now))
        .order(one_time_code::expires_at)
        .limit(limit)
        .select(one_time_code::id)
        .load(conn)?;
    if ended.is_empty() {
        return Ok(0);
    }
    Ok(diesel::delete(one_time_code::table.filter(one_time_code::id.eq_any(ended))).execute(conn)?)
}
