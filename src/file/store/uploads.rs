//! Uploads that are on their way; each row reserves its room.

use diesel::prelude::*;

use super::{bytes, column, unreadable};
use crate::file::rules::ids::UploadId;
use crate::file::rules::owner::Owner;
use crate::store::schema::upload;
use crate::store::{AnyConn, StoreError};

/// An upload as it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UploadRow {
    /// Its id.
    pub(crate) id: UploadId,
    /// Whose the file will be.
    pub(crate) owner: Owner,
    /// For showing.
    pub(crate) name: String,
    /// What was declared, or the most it may become.
    pub(crate) size: u64,
    /// Whether it was.
    pub(crate) is_declared: bool,
    /// What it is to hash to, in hexadecimal digits.
    pub(crate) sha256: Option<String>,
    /// The declared type.
    pub(crate) kind: Option<String>,
    /// What is to be checked, as JSON.
    pub(crate) wanted: Option<String>,
    /// Who sends it.
    pub(crate) sender: String,
    /// Bytes that are on the disk for certain.
    pub(crate) synced: u64,
    /// The run of the machine in which it was last opened.
    pub(crate) boot: String,
    /// When it began.
    pub(crate) made_at: i64,
    /// When it is let go.
    pub(crate) expires_at: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = upload)]
struct Row {
    id: String,
    owner: String,
    name: String,
    size: i64,
    is_declared: bool,
    sha256: Option<String>,
    kind: Option<String>,
    wanted: Option<String>,
    sender: String,
    synced: i64,
    boot: String,
    made_at: i64,
    expires_at: i64,
}

impl TryFrom<Row> for UploadRow {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: UploadId::read(&row.id).ok_or_else(|| unreadable("id"))?,
            owner: row.owner.parse().map_err(StoreError::refused)?,
            name: row.name,
            size: bytes(row.size),
            is_declared: row.is_declared,
            sha256: row.sha256,
            kind: row.kind,
            wanted: row.wanted,
            sender: row.sender,
            synced: bytes(row.synced),
            boot: row.boot,
            made_at: row.made_at,
            expires_at: row.expires_at,
        })
    }
}

/// Writes an upload down.
pub(crate) fn upload_insert(conn: &mut AnyConn, new: &UploadRow) -> Result<(), StoreError> {
    let row = Row {
        id: new.id.digits().to_owned(),
        owner: new.owner.to_string(),
        name: new.name.clone(),
        size: column(new.size),
        is_declared: new.is_declared,
        sha256: new.sha256.clone(),
        kind: new.kind.clone(),
        wanted: new.wanted.clone(),
        sender: new.sender.clone(),
        synced: column(new.synced),
        boot: new.boot.clone(),
        made_at: new.made_at,
        expires_at: new.expires_at,
    };
    diesel::insert_into(upload::table).values(&row).execute(conn)?;
    Ok(())
}

/// The upload of that id.
pub(crate) fn upload_by_id(conn: &mut AnyConn, id: &UploadId) -> Result<Option<UploadRow>, StoreError> {
    let row: Option<Row> = upload::table
        .find(id.digits())
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(TryInto::try_into).transpose()
}

/// So many of its bytes are on the disk, in this run of the machine, and it lives on until then.
pub(crate) fn upload_synced(
    conn: &mut AnyConn,
    id: &UploadId,
    synced: u64,
    boot: &str,
    expires_at: i64,
) -> Result<(), StoreError> {
    diesel::update(upload::table.find(id.digits()))
        .set((
            upload::synced.eq(column(synced)),
            upload::boot.eq(boot),
            upload::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// Forgets an upload and gives its room back; says whether there was one.
pub(crate) fn upload_delete(conn: &mut AnyConn, id: &UploadId) -> Result<bool, StoreError> {
    Ok(diesel::delete(upload::table.find(id.digits())).execute(conn)? > 0)
}

/// Uploads of somebody, oldest first.
pub(crate) fn upload_list(conn: &mut AnyConn, sender: &str, limit: i64) -> Result<Vec<UploadRow>, StoreError> {
    let rows: Vec<Row> = upload::table
        .filter(upload::sender.eq(sender))
        .order((upload::made_at, upload::id))
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Uploads whose time is over.
pub(crate) fn upload_list_expired(conn: &mut AnyConn, now: i64, limit: i64) -> Result<Vec<UploadId>, StoreError> {
    let ids: Vec<String> = upload::table
        .filter(upload::expires_at.le(now))
        .order(upload::expires_at)
        .limit(limit)
        .select(upload::id)
        .load(conn)?;
    Ok(ids.iter().filter_map(|id| UploadId::read(id)).collect())
}

/// Uploads whose digits begin so.
pub(crate) fn upload_ids(conn: &mut AnyConn, leaf: &str) -> Result<Vec<String>, StoreError> {
    Ok(upload::table
        .filter(upload::id.ge(leaf))
        .filter(upload::id.lt(format!("{leaf}g")))
        .select(upload::id)
        .load(conn)?)
}
