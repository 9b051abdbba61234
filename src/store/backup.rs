//! Copies of the database: made beside a running server, checked, and put back.
//!
//! A copy gets its name only when it is whole and on the disk. Nothing is ever overwritten but the
//! database that a restore replaces, and that only when no server holds the folder.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::sql_types::{Nullable, Text};
use diesel::{QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

use super::conn;
use super::lock::DataLock;
use super::setting::INBOX_EPOCH;
use super::url::folder_of;
use super::{DatabaseUrl, StoreError, migrate};

/// Longest wait for a lock of another program.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Most findings of a check that are told.
const FINDINGS_MAX: usize = 5;

/// A finished copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Its size.
    pub bytes: u64,
    /// The migrations it holds, oldest first.
    pub migrations: Vec<String>,
}

/// Copies a database, in use or not, to a new file: one consistent state, checked and flushed.
pub fn backup(from: &DatabaseUrl, to: &Path) -> Result<Backup, StoreError> {
    let DatabaseUrl::Sqlite(from) = from else {
        return Err(StoreError::NotYet);
    };
    // The name is taken first, so that two backups at once cannot both have it.
    create_new(to)?;
    let copied = copy(from, to);
    if copied.is_err() {
        // Nobody else's: it was made above.
        drop(fs::remove_file(to));
    }
    copied
}

/// Whether a file is a sound database that this program can use.
pub fn check(path: &Path) -> Result<Backup, StoreError> {
    let bytes = fs::metadata(path)
        .map_err(|error| StoreError::file("read", path, error))?
        .len();
    let mut conn = open_existing(path)?;
    let mut findings: Vec<String> = sql_query("PRAGMA integrity_check")
        .load::<Finding>(&mut conn)
        .map_err(|error| damaged(path, error.to_string()))?
        .into_iter()
        .map(|finding| finding.integrity_check)
        .filter(|finding| finding != "ok")
        .collect();
    let orphans = sql_query("PRAGMA foreign_key_check")
        .load::<Orphan>(&mut conn)
        .map_err(|error| damaged(path, error.to_string()))?;
    findings.extend(orphans.into_iter().map(|orphan| {
        let parent = orphan.parent.unwrap_or_default();
        format!("a row of `{}` points to a missing row of `{parent}`", orphan.table)
    }));
    if !findings.is_empty() {
        findings.truncate(FINDINGS_MAX);
        return Err(damaged(path, findings.join("; ")));
    }
    let migrations = migrate::recorded(&mut conn);
    if migrations.is_empty() {
        return Err(damaged(path, "it has no tables of ours".to_owned()));
    }
    migrate::refuse_unknown(&migrations)?;
    Ok(Backup { bytes, migrations })
}

/// Puts a checked copy of `from` in the place of the database `to`, in one step. Refused while a server
/// holds the folder.
pub fn restore(from: &Path, to: &DatabaseUrl) -> Result<Backup, StoreError> {
    let DatabaseUrl::Sqlite(to) = to else {
        return Err(StoreError::NotYet);
    };
    let folder = folder_of(to);
    fs::create_dir_all(folder).map_err(|error| StoreError::file("make the folder", folder, error))?;
    let _lock = DataLock::take(folder)?;
    check(from)?;
    retire_log(to)?;
    copy(from, to)
}

/// Copies through SQLite, so that a write-ahead log beside `from` is not forgotten; checks and flushes the
/// copy before it gets the name `to`.
fn copy(from: &Path, to: &Path) -> Result<Backup, StoreError> {
    let partial = beside(to, ".partial");
    // Left by a run that was killed; nobody else uses this name.
    remove_if_there(&partial)?;
    create_new(&partial)?;
    let copied = fill(from, &partial).and_then(|backup| {
        fs::rename(&partial, to).map_err(|error| StoreError::file("rename", &partial, error))?;
        flush_folder(to)?;
        Ok(backup)
    });
    if copied.is_err() {
        // The first error is the one to tell.
        drop(fs::remove_file(&partial));
    }
    copied
}

fn fill(from: &Path, partial: &Path) -> Result<Backup, StoreError> {
    let name = partial.to_str().ok_or_else(|| StoreError::Open {
        path: partial.to_path_buf(),
        reason: "the path is not UTF-8".to_owned(),
    })?;
    let mut conn = open_existing(from)?;
    sql_query("VACUUM INTO ?").bind::<Text, _>(name).execute(&mut conn)?;
    drop(conn);
    another_life(partial)?;
    let backup = check(partial)?;
    for suffix in ["-wal", "-shm"] {
        remove_if_there(&beside(partial, suffix))?;
    }
    File::open(partial)
        .and_then(|file| file.sync_all())
        .map_err(|error| StoreError::file("flush", partial, error))?;
    Ok(backup)
}

/// A copy does not go on counting where the store it was made of does.
fn another_life(partial: &Path) -> Result<(), StoreError> {
    let mut conn = open_existing(partial)?;
    let forgotten = sql_query("DELETE FROM setting WHERE name = ?")
        .bind::<Text, _>(INBOX_EPOCH)
        .execute(&mut conn);
    match forgotten {
        // Tables of before there were settings know no epoch; the check judges whether they are fit.
        Err(error) if error.to_string().contains("no such table") => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}

/// Empties and removes the log of the database to be replaced: beside a new file it would be replayed into it.
fn retire_log(to: &Path) -> Result<(), StoreError> {
    if to.exists()
        && let Ok(mut conn) = open_existing(to)
        // The old database may be the damaged thing that the restore is for.
        && let Err(error) = conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")
    {
        tracing::warn!(error = %error, "the log of the old database could not be emptied; it is dropped");
    }
    for suffix in ["-wal", "-shm", "-journal"] {
        remove_if_there(&beside(to, suffix))?;
    }
    flush_folder(to)
}

fn open_existing(path: &Path) -> Result<SqliteConnection, StoreError> {
    conn::open_as_is(path, BUSY_TIMEOUT)
}

fn create_new(path: &Path) -> Result<(), StoreError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(StoreError::Exists {
            path: path.to_path_buf(),
        }),
        Err(error) => Err(StoreError::file("make", path, error)),
    }
}

fn remove_if_there(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(StoreError::file("remove", path, error)),
        _ => Ok(()),
    }
}

fn flush_folder(path: &Path) -> Result<(), StoreError> {
    let folder = folder_of(path);
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| StoreError::file("flush", folder, error))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn damaged(path: &Path, findings: String) -> StoreError {
    StoreError::Damaged {
        path: path.to_path_buf(),
        findings,
    }
}

#[derive(QueryableByName)]
struct Finding {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

#[derive(QueryableByName)]
struct Orphan {
    #[diesel(sql_type = Text)]
    table: String,
    #[diesel(sql_type = Nullable<Text>)]
    parent: Option<String>,
}
