//! The answers already given, by request id: a retry after a lost answer hears the first one again.
//!
//! Written in the transaction of the change itself, so a change and its answer stand or fall together.
//! Whether a retry is the same call is for the dispatcher to judge by the hash.

use diesel::prelude::*;

use super::StoreError;
use super::conn::AnyConn;
use super::schema::request;

/// Whose request, under which id, for which call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    /// `user:7`, `car:3`, `key:2`, `client:<uuid>`.
    pub who: String,
    /// The id the caller chose.
    pub request_id: String,
    /// SHA-256 of command and arguments.
    pub call_hash: Vec<u8>,
}

/// What was answered the first time.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = request)]
pub struct Remembered {
    /// SHA-256 of the command and arguments then.
    pub call_hash: Vec<u8>,
    /// The encoded answer.
    pub answer: Vec<u8>,
}

#[derive(Insertable)]
#[diesel(table_name = request)]
struct RequestForm<'a> {
    who: &'a str,
    request_id: &'a str,
    call_hash: &'a [u8],
    answer: &'a [u8],
    at: i64,
}

/// The first answer to this request, if there was one.
pub fn request_find(conn: &mut AnyConn, who: &str, request_id: &str) -> Result<Option<Remembered>, StoreError> {
    Ok(request::table
        .filter(request::who.eq(who))
        .filter(request::request_id.eq(request_id))
        .select(Remembered::as_select())
        .first(conn)
        .optional()?)
}

/// Remembers an answer; `Conflict` when the id has one already.
pub fn request_insert(conn: &mut AnyConn, key: &RequestKey, answer: &[u8], at: i64) -> Result<(), StoreError> {
    let form = RequestForm {
        who: &key.who,
        request_id: &key.request_id,
        call_hash: &key.call_hash,
        answer,
        at,
    };
    diesel::insert_into(request::table).values(&form).execute(conn)?;
    Ok(())
}

/// Puts another answer in the place of one that was kept before its call had ended; `Missing` when none was.
pub fn request_replace(conn: &mut AnyConn, key: &RequestKey, answer: &[u8]) -> Result<(), StoreError> {
    let changed = diesel::update(
        request::table
            .filter(request::who.eq(&key.who))
            .filter(request::request_id.eq(&key.request_id)),
    )
    .set(request::answer.eq(answer))
    .execute(conn)?;
    if changed == 0 {
        return Err(StoreError::Missing);
    }
    Ok(())
}

/// Forgets answers older than `before`, about `limit` at once so that no batch waits long behind it.
/// Gives the number forgotten; fewer than `limit` means nothing old is left.
pub fn request_prune(conn: &mut AnyConn, before: i64, limit: i64) -> Result<usize, StoreError> {
    let newest_to_go: Option<i64> = request::table
        .select(request::at)
        .order(request::at)
        .offset(limit.max(1).saturating_sub(1))
        .first(conn)
        .optional()?;
    let newest_to_go = newest_to_go.unwrap_or(i64::MAX);
    Ok(diesel::delete(
        request::table
            .filter(request::at.le(newest_to_go))
            .filter(request::at.lt(before)),
    )
    .execute(conn)?)
}
