//! One connection type for every back-end, and how one is opened and set up.
//!
//! Every connection, pooled or not, passes through `setup` before it is used, so the pragmas that
//! durability and integrity rest on hold everywhere. Runs no queries of the capabilities.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::r2d2::{CustomizeConnection, Error as PoolError, ManageConnection, R2D2Connection};
use diesel::{Connection, ConnectionError, PgConnection, SqliteConnection};

use super::StoreError;
use super::url::{DatabaseUrl, folder_of};
use crate::runtime::planted::Planted;

/// A connection to whichever back-end the address names.
#[derive(diesel::MultiConnection)]
pub enum AnyConn {
    /// The SQLite inside this program.
    Sqlite(SqliteConnection),
    /// A PostgreSQL server.
    Postgres(PgConnection),
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// May change rows.
    Writer,
    /// May not, whatever it is asked.
    Reader,
}

/// Opens one connection and sets it up.
pub(crate) fn open(url: &DatabaseUrl, role: Role, busy_timeout: Duration) -> Result<AnyConn, StoreError> {
    let path = || url.path().map_or_else(|| url.to_string().into(), Path::to_path_buf);
    let mut conn = connect(url).map_err(|error| not_opened(path(), error.to_string()))?;
    setup(&mut conn, role, busy_timeout).map_err(|error| match StoreError::from(error) {
        StoreError::Database(reason) => not_opened(path(), reason.to_string()),
        other => other,
    })?;
    Ok(conn)
}

/// Opens an SQLite file that exists, without changing how it keeps its log.
pub(crate) fn open_as_is(path: &Path, busy_timeout: Duration) -> Result<SqliteConnection, StoreError> {
    if let Err(error) = fs::metadata(path) {
        return Err(StoreError::file("read", path, error));
    }
    let mut conn = establish(path).map_err(|error| not_opened(path.to_path_buf(), error.to_string()))?;
    conn.batch_execute(&format!(
        "PRAGMA busy_timeout = {}; PRAGMA trusted_schema = OFF;",
        busy_timeout.as_millis()
    ))?;
    Ok(conn)
}

/// Makes the folder and the file, readable by the owner alone, unless they exist.
pub(crate) fn create_file(path: &Path) -> Result<(), StoreError> {
    let folder = folder_of(path);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| StoreError::file("make the folder", folder, error))?;
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::file("make the database", path, error)),
    }
}

fn connect(url: &DatabaseUrl) -> Result<AnyConn, ConnectionError> {
    match url {
        DatabaseUrl::Sqlite(path) => establish(path).map(AnyConn::Sqlite),
        DatabaseUrl::Postgres(url) => PgConnection::establish(url).map(AnyConn::Postgres),
    }
}

fn establish(path: &Path) -> Result<SqliteConnection, ConnectionError> {
    // An absolute path is never taken for one of SQLite's `file:` addresses.
    let path = std::path::absolute(path).map_err(|error| ConnectionError::BadConnection(error.to_string()))?;
    let path = path
        .to_str()
        .ok_or_else(|| ConnectionError::InvalidConnectionUrl("the path is not UTF-8".to_owned()))?;
    SqliteConnection::establish(path)
}

/// Pragmas hold per connection. The busy timeout comes first: the others may meet a lock themselves.
fn setup(conn: &mut AnyConn, role: Role, busy_timeout: Duration) -> diesel::QueryResult<()> {
    match conn {
        AnyConn::Sqlite(conn) => {
            let synchronous = if Planted::NotFlushed.is_here() { "OFF" } else { "FULL" };
            let query_only = if role == Role::Reader { "ON" } else { "OFF" };
            if Planted::OverlapUnchecked.is_here() && role == Role::Writer {
                conn.batch_execute(
                    "DROP TRIGGER IF EXISTS booking_overlap_insert; DROP TRIGGER IF EXISTS booking_overlap_update;",
                )?;
            }
            conn.batch_execute(&format!(
                "PRAGMA busy_timeout = {};
                 PRAGMA journal_mode = WAL;
                 PRAGMA synchronous = {synchronous};
                 PRAGMA foreign_keys = ON;
                 PRAGMA temp_store = MEMORY;
                 PRAGMA cache_size = -8192;
                 PRAGMA journal_size_limit = 67108864;
                 PRAGMA trusted_schema = OFF;
                 PRAGMA query_only = {query_only};",
                busy_timeout.as_millis()
            ))
        }
        AnyConn::Postgres(conn) => {
            let read_only = if role == Role::Reader { "on" } else { "off" };
            conn.batch_execute(&format!(
                "SET default_transaction_read_only = {read_only}; SET TIME ZONE 'UTC'"
            ))
        }
    }
}

fn not_opened(path: PathBuf, reason: String) -> StoreError {
    if reason.contains("file is not a database") || reason.contains("malformed") {
        return StoreError::Damaged { path, findings: reason };
    }
    StoreError::Open { path, reason }
}

/// Opens connections for the pool by the scheme of the address. Diesel's own manager would try each
/// back-end in turn and hide the real error.
#[derive(Debug)]
pub(crate) struct Manager {
    url: DatabaseUrl,
}

impl Manager {
    pub(crate) fn new(url: DatabaseUrl) -> Self {
        Self { url }
    }
}

impl ManageConnection for Manager {
    type Connection = AnyConn;
    type Error = PoolError;

    fn connect(&self) -> Result<AnyConn, PoolError> {
        connect(&self.url).map_err(PoolError::ConnectionError)
    }

    fn is_valid(&self, conn: &mut AnyConn) -> Result<(), PoolError> {
        conn.ping().map_err(PoolError::QueryError)
    }

    fn has_broken(&self, conn: &mut AnyConn) -> bool {
        std::thread::panicking() || conn.is_broken()
    }
}

/// Sets up each connection of the reader pool.
#[derive(Debug)]
pub(crate) struct ReaderSetup {
    pub(crate) busy_timeout: Duration,
}

impl CustomizeConnection<AnyConn, PoolError> for ReaderSetup {
    fn on_acquire(&self, conn: &mut AnyConn) -> Result<(), PoolError> {
        setup(conn, Role::Reader, self.busy_timeout).map_err(PoolError::QueryError)
    }
}
