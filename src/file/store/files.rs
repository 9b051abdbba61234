//! Files: what they are called, whose they are, which version, how much is used.

use diesel::dsl::{max, sql};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::{bytes, column, unreadable};
use crate::file::rules::ids::{FileId, UploadId};
use crate::file::rules::limits::Usage;
use crate::file::rules::owner::Owner;
use crate::store::schema::{file, room, upload};
use crate::store::{AnyConn, StoreError};

/// A file that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    /// Its number.
    pub(crate) id: FileId,
    /// Whose it is.
    pub(crate) owner: Owner,
    /// For showing.
    pub(crate) name: String,
    /// Among those of this name and owner.
    pub(crate) version: i64,
    /// Where its content lies.
    pub(crate) content: UploadId,
    /// In bytes.
    pub(crate) size: u64,
    /// Hexadecimal digits.
    pub(crate) sha256: String,
    /// The declared type.
    pub(crate) kind: Option<String>,
    /// What a check of it found, as JSON.
    pub(crate) report: Option<String>,
    /// Who sent it.
    pub(crate) sender: String,
    /// When it had come.
    pub(crate) made_at: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = file)]
struct Row {
    id: i64,
    owner: String,
    name: String,
    version: i64,
    content: String,
    size: i64,
    sha256: String,
    kind: Option<String>,
    report: Option<String>,
    sender: String,
    made_at: i64,
}

impl TryFrom<Row> for Stored {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: FileId(row.id),
            owner: row.owner.parse().map_err(StoreError::refused)?,
            name: row.name,
            version: row.version,
            content: UploadId::read(&row.content).ok_or_else(|| unreadable("content"))?,
            size: bytes(row.size),
            sha256: row.sha256,
            kind: row.kind,
            report: row.report,
            sender: row.sender,
            made_at: row.made_at,
        })
    }
}

/// A file that has come whole.
#[derive(Debug, Clone)]
pub(crate) struct NewFile {
    /// Whose it is.
    pub(crate) owner: Owner,
    /// For showing.
    pub(crate) name: String,
    /// Where its content lies.
    pub(crate) content: UploadId,
    /// In bytes.
    pub(crate) size: u64,
    /// Hexadecimal digits.
    pub(crate) sha256: String,
    /// The declared type.
    pub(crate) kind: Option<String>,
    /// What a check of it found, as JSON.
    pub(crate) report: Option<String>,
    /// Who sent it.
    pub(crate) sender: String,
    /// Now.
    pub(crate) made_at: i64,
}

/// Which files to list, newest first.
#[derive(Debug, Clone)]
pub(crate) struct Listing {
    /// Whose.
    pub(crate) owner: Owner,
    /// Only of this name.
    pub(crate) name: Option<String>,
    /// Only with lower numbers.
    pub(crate) before: Option<FileId>,
    /// At most so many.
    pub(crate) limit: i64,
}

/// The version that the next file of that name gets.
fn next_version(conn: &mut AnyConn, owner: Owner, name: &str) -> Result<i64, StoreError> {
    let last: Option<i64> = file::table
        .filter(file::owner.eq(owner.to_string()))
        .filter(file::name.eq(name))
        .select(max(file::version))
        .first(conn)?;
    Ok(last.unwrap_or(0).saturating_add(1))
}

/// Writes a file down as the next version of its name.
pub(crate) fn file_insert(conn: &mut AnyConn, new: &NewFile) -> Result<Stored, StoreError> {
    let version = next_version(conn, new.owner, &new.name)?;
    diesel::insert_into(file::table)
        .values((
            file::owner.eq(new.owner.to_string()),
            file::name.eq(&new.name),
            file::version.eq(version),
            file::content.eq(new.content.digits()),
            file::size.eq(column(new.size)),
            file::sha256.eq(&new.sha256),
            file::kind.eq(&new.kind),
            file::report.eq(&new.report),
            file::sender.eq(&new.sender),
            file::made_at.eq(new.made_at),
        ))
        .execute(conn)?;
    file_by_content(conn, &new.content)?.ok_or(StoreError::Missing)
}

/// The file of that number.
pub(crate) fn file_by_id(conn: &mut AnyConn, id: FileId) -> Result<Option<Stored>, StoreError> {
    let row: Option<Row> = file::table.find(id.0).select(Row::as_select()).first(conn).optional()?;
    row.map(TryInto::try_into).transpose()
}

/// The file that an upload became.
pub(crate) fn file_by_content(conn: &mut AnyConn, content: &UploadId) -> Result<Option<Stored>, StoreError> {
    let row: Option<Row> = file::table
        .filter(file::content.eq(content.digits()))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(TryInto::try_into).transpose()
}

/// A page of files, newest first.
pub(crate) fn file_list(conn: &mut AnyConn, listing: &Listing) -> Result<Vec<Stored>, StoreError> {
    let mut query = file::table
        .filter(file::owner.eq(listing.owner.to_string()))
        .select(Row::as_select())
        .into_boxed();
    if let Some(name) = &listing.name {
        query = query.filter(file::name.eq(name));
    }
    if let Some(FileId(before)) = listing.before {
        query = query.filter(file::id.lt(before));
    }
    let rows: Vec<Row> = query.order(file::id.desc()).limit(listing.limit).load(conn)?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Calls a file something else: it is the next version of that name.
pub(crate) fn file_rename(conn: &mut AnyConn, stored: &Stored, name: &str) -> Result<i64, StoreError> {
    if stored.name == name {
        return Ok(stored.version);
    }
    let version = next_version(conn, stored.owner, name)?;
    let changed = diesel::update(file::table.find(stored.id.0))
        .set((file::name.eq(name), file::version.eq(version)))
        .execute(conn)?;
    if changed == 0 {
        return Err(StoreError::Missing);
    }
    Ok(version)
}

/// Forgets a file; its content is somebody else's to remove, afterwards.
pub(crate) fn file_delete(conn: &mut AnyConn, id: FileId) -> Result<(), StoreError> {
    if diesel::delete(file::table.find(id.0)).execute(conn)? == 0 {
        return Err(StoreError::Missing);
    }
    Ok(())
}

/// Forgets files of rooms that are gone; gives their contents.
pub(crate) fn room_files_delete(conn: &mut AnyConn, limit: i64) -> Result<Vec<UploadId>, StoreError> {
    let rooms = room::table.select(sql::<Text>("'room:' || id"));
    let rows: Vec<(i64, String)> = file::table
        .filter(file::owner.like("room:%"))
        .filter(file::owner.ne_all(rooms))
        .limit(limit)
        .select((file::id, file::content))
        .load(conn)?;
    let ids: Vec<i64> = rows.iter().map(|(id, _)| *id).collect();
    diesel::delete(file::table.filter(file::id.eq_any(ids))).execute(conn)?;
    Ok(rows.iter().filter_map(|(_, content)| UploadId::read(content)).collect())
}

/// Contents whose digits begin so.
pub(crate) fn content_list(conn: &mut AnyConn, leaf: &str) -> Result<Vec<String>, StoreError> {
    Ok(file::table
        .filter(file::content.ge(leaf))
        .filter(file::content.lt(format!("{leaf}g")))
        .select(file::content)
        .load(conn)?)
}

/// What is used and reserved, by one account and by all.
pub(crate) fn usage(conn: &mut AnyConn, sender: &str) -> Result<Usage, StoreError> {
    let sum = || sql::<BigInt>("CAST(COALESCE(SUM(size), 0) AS BIGINT)");
    let kept: i64 = file::table.filter(file::sender.eq(sender)).select(sum()).first(conn)?;
    let all_kept: i64 = file::table.select(sum()).first(conn)?;
    let coming: i64 = upload::table
        .filter(upload::sender.eq(sender))
        .select(sum())
        .first(conn)?;
    let all_coming: i64 = upload::table.select(sum()).first(conn)?;
    let uploads: i64 = upload::table
        .filter(upload::sender.eq(sender))
        .count()
        .get_result(conn)?;
    let all_uploads: i64 = upload::table.count().get_result(conn)?;
    Ok(Usage {
        account_bytes: bytes(kept.saturating_add(coming)),
        total_bytes: bytes(all_kept.saturating_add(all_coming)),
        account_uploads: bytes(uploads),
        uploads: bytes(all_uploads),
    })
}
