//! Emergency notices and who has had them.

use diesel::prelude::*;

use crate::store::schema::{notice, notice_receipt};
use crate::store::{AnyConn, StoreError};

/// Notices in force at the same time; one more is a conflict.
pub(crate) const NOTICES_MAX: i64 = 64;

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = notice)]
pub(crate) struct NoticeRow {
    /// Its number.
    pub(crate) id: i64,
    /// What is told.
    pub(crate) body: String,
    /// Who told it.
    pub(crate) by_name: String,
    /// For whom: those in a building, or everybody.
    pub(crate) building: Option<String>,
    /// When.
    pub(crate) created_at: i64,
    /// Until when it is told to those who come.
    pub(crate) until_at: i64,
}

/// Writes a notice; gives it back with its number.
pub(crate) fn notice_insert(
    conn: &mut AnyConn,
    (body, by_name): (&str, &str),
    building: Option<&str>,
    (at, until): (i64, i64),
) -> Result<NoticeRow, StoreError> {
    let in_force: i64 = notice::table.filter(notice::until_at.gt(at)).count().get_result(conn)?;
    if in_force >= NOTICES_MAX {
        return Err(StoreError::Conflict {
            what: format!("notices: there are {NOTICES_MAX}, which is the most; end one"),
        });
    }
    let id: i64 = diesel::insert_into(notice::table)
        .values((
            notice::body.eq(body),
            notice::by_name.eq(by_name),
            notice::building.eq(building),
            notice::created_at.eq(at),
            notice::until_at.eq(until),
        ))
        .returning(notice::id)
        .get_result(conn)?;
    Ok(notice::table.find(id).select(NoticeRow::as_select()).first(conn)?)
}

/// Those in force, oldest first.
pub(crate) fn notice_list(conn: &mut AnyConn, now: i64) -> Result<Vec<NoticeRow>, StoreError> {
    Ok(notice::table
        .filter(notice::until_at.gt(now))
        .order(notice::id)
        .limit(NOTICES_MAX)
        .select(NoticeRow::as_select())
        .load(conn)?)
}

/// Ends a notice; says whether it was in force.
pub(crate) fn notice_end(conn: &mut AnyConn, id: i64, now: i64) -> Result<bool, StoreError> {
    let in_force = notice::table.find(id).filter(notice::until_at.gt(now));
    Ok(diesel::update(in_force).set(notice::until_at.eq(now)).execute(conn)? > 0)
}

/// Which notices somebody has had.
pub(crate) fn notice_had(conn: &mut AnyConn, who: &str) -> Result<Vec<i64>, StoreError> {
    let in_force = notice::table.select(notice::id);
    Ok(notice_receipt::table
        .filter(notice_receipt::notice_id.eq_any(in_force))
        .filter(notice_receipt::who.eq(who))
        .select(notice_receipt::notice_id)
        .load(conn)?)
}

/// Notes that somebody has had notices.
pub(crate) fn notice_receive(conn: &mut AnyConn, who: &str, notices: &[i64], at: i64) -> Result<(), StoreError> {
    for id in notices {
        let is_there: Option<i64> = notice::table.find(id).select(notice::id).first(conn).optional()?;
        let known: Option<i64> = notice_receipt::table
            .find((id, who))
            .select(notice_receipt::at)
            .first(conn)
            .optional()?;
        if is_there.is_some() && known.is_none() {
            diesel::insert_into(notice_receipt::table)
                .values((
                    notice_receipt::notice_id.eq(id),
                    notice_receipt::who.eq(who),
                    notice_receipt::at.eq(at),
                ))
                .execute(conn)?;
        }
    }
    Ok(())
}

/// Deletes at most `limit` notices that ended, with their receipts; says how many.
pub(crate) fn notice_purge(conn: &mut AnyConn, now: i64, limit: i64) -> Result<usize, StoreError> {
    let ended: Vec<i64> = notice::table
        .filter(notice::until_at.le(now))
        .order(notice::until_at)
        .limit(limit)
        .select(notice::id)
        .load(conn)?;
    if ended.is_empty() {
        return Ok(0);
    }
    diesel::delete(notice_receipt::table.filter(notice_receipt::notice_id.eq_any(&ended))).execute(conn)?;
    Ok(diesel::delete(notice::table.filter(notice::id.eq_any(&ended))).execute(conn)?)
}
