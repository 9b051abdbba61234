//! Files that operators send to cars and people.

use diesel::prelude::*;

use super::{bytes, column};
use crate::file::rules::ids::{FileId, OfferId};
use crate::file::rules::offer::OfferState;
use crate::store::schema::{file, file_offer};
use crate::store::{AnyConn, StoreError};

/// An offer with what is to be known of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    /// Its number.
    pub(crate) id: OfferId,
    /// What is sent.
    pub(crate) file: FileId,
    /// The name of that.
    pub(crate) name: String,
    /// Its size in bytes.
    pub(crate) size: u64,
    /// Its hash, in hexadecimal digits.
    pub(crate) sha256: String,
    /// Whom it is for, as in the audit log.
    pub(crate) whom: String,
    /// Who sends it.
    pub(crate) made_by: String,
    /// What they say about it.
    pub(crate) note: Option<String>,
    /// How far it is.
    pub(crate) state: OfferState,
    /// Bytes that have been read of it, as far as is known.
    pub(crate) taken: u64,
    /// When it was made.
    pub(crate) made_at: i64,
    /// When that changed last.
    pub(crate) changed_at: i64,
    /// When it ends.
    pub(crate) expires_at: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = file_offer)]
struct Row {
    id: i64,
    file_id: i64,
    whom: String,
    made_by: String,
    note: Option<String>,
    state: String,
    taken: i64,
    made_at: i64,
    changed_at: i64,
    expires_at: i64,
}

fn offer((row, name, size, sha256): (Row, String, i64, String)) -> Offer {
    Offer {
        id: OfferId(row.id),
        file: FileId(row.file_id),
        name,
        size: bytes(size),
        sha256,
        whom: row.whom,
        made_by: row.made_by,
        note: row.note,
        state: OfferState::of(&row.state),
        taken: bytes(row.taken),
        made_at: row.made_at,
        changed_at: row.changed_at,
        expires_at: row.expires_at,
    }
}

/// A file to be sent.
#[derive(Debug, Clone)]
pub(crate) struct NewOffer {
    /// Which.
    pub(crate) file: FileId,
    /// To whom.
    pub(crate) whom: String,
    /// By whom.
    pub(crate) made_by: String,
    /// What they say about it.
    pub(crate) note: Option<String>,
    /// Now.
    pub(crate) made_at: i64,
    /// When it ends.
    pub(crate) expires_at: i64,
}

/// Writes an offer down.
pub(crate) fn offer_insert(conn: &mut AnyConn, new: &NewOffer) -> Result<Offer, StoreError> {
    let id: i64 = diesel::insert_into(file_offer::table)
        .values((
            file_offer::file_id.eq(new.file.0),
            file_offer::whom.eq(&new.whom),
            file_offer::made_by.eq(&new.made_by),
            file_offer::note.eq(&new.note),
            file_offer::state.eq(OfferState::Offered.as_str()),
            file_offer::taken.eq(0_i64),
            file_offer::made_at.eq(new.made_at),
            file_offer::changed_at.eq(new.made_at),
            file_offer::expires_at.eq(new.expires_at),
        ))
        .returning(file_offer::id)
        .get_result(conn)?;
    offer_by_id(conn, OfferId(id))?.ok_or(StoreError::Missing)
}

/// The offer of that number.
pub(crate) fn offer_by_id(conn: &mut AnyConn, id: OfferId) -> Result<Option<Offer>, StoreError> {
    let row = file_offer::table
        .inner_join(file::table)
        .filter(file_offer::id.eq(id.0))
        .select((Row::as_select(), file::name, file::size, file::sha256))
        .first(conn)
        .optional()?;
    Ok(row.map(offer))
}

/// A page of offers, newest first: those for somebody, or all.
pub(crate) fn offer_list(
    conn: &mut AnyConn,
    whom: Option<&str>,
    before: Option<OfferId>,
    limit: i64,
) -> Result<Vec<Offer>, StoreError> {
    let mut query = file_offer::table
        .inner_join(file::table)
        .select((Row::as_select(), file::name, file::size, file::sha256))
        .into_boxed();
    if let Some(whom) = whom {
        query = query.filter(file_offer::whom.eq(whom.to_owned()));
    }
    if let Some(OfferId(before)) = before {
        query = query.filter(file_offer::id.lt(before));
    }
    let rows: Vec<_> = query.order(file_offer::id.desc()).limit(limit).load(conn)?;
    Ok(rows.into_iter().map(offer).collect())
}

/// It has come so far.
pub(crate) fn offer_set(
    conn: &mut AnyConn,
    id: OfferId,
    state: OfferState,
    taken: u64,
    at: i64,
) -> Result<(), StoreError> {
    diesel::update(file_offer::table.find(id.0))
        .set((
            file_offer::state.eq(state.as_str()),
            file_offer::taken.eq(column(taken)),
            file_offer::changed_at.eq(at),
        ))
        .execute(conn)?;
    Ok(())
}

/// Forgets offers whose time is over; says how many.
pub(crate) fn offer_delete_expired(conn: &mut AnyConn, now: i64, limit: i64) -> Result<usize, StoreError> {
    let ids: Vec<i64> = file_offer::table
        .filter(file_offer::expires_at.le(now))
        .limit(limit)
        .select(file_offer::id)
        .load(conn)?;
    Ok(diesel::delete(file_offer::table.filter(file_offer::id.eq_any(ids))).execute(conn)?)
}
