//! Brings the tables up to date, and refuses a database that a newer program has changed.
//!
//! The migrations are inside the binary. A database that is up to date is only read.

use std::path::Path;

use diesel::migration::{MigrationSource, MigrationVersion};
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;
use diesel::{QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::StoreError;
use super::conn::AnyConn;
use crate::runtime::targets;

/// Everything this program knows about the tables of SQLite.
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Runs what is missing, all of it or nothing.
pub(crate) fn migrate(conn: &mut AnyConn, path: &Path) -> Result<(), StoreError> {
    match conn {
        AnyConn::Sqlite(conn) => {
            if pending(conn, path)?.is_empty() {
                return Ok(());
            }
            // Asked again under the write lock: another process may have been at it.
            conn.immediate_transaction(|conn| {
                let missing = pending(conn, path)?;
                for version in &missing {
                    tracing::info!(
                        target: targets::STATUS,
                        { migration.version = %version },
                        "bringing the tables up to date"
                    );
                }
                conn.run_pending_migrations(SQLITE)
                    .map(drop)
                    .map_err(|error| StoreError::Migration(error.to_string()))
            })
        }
        AnyConn::Postgres(_) => Err(StoreError::NotYet),
    }
}

/// Refuses versions that are not inside this binary.
pub(crate) fn refuse_unknown(applied: &[String]) -> Result<(), StoreError> {
    let known = known()?;
    let found: Vec<String> = applied
        .iter()
        .filter(|version| !known.contains(version))
        .cloned()
        .collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(StoreError::Newer {
        found,
        known: known.last().cloned().unwrap_or_default(),
    })
}

/// The versions recorded in a database, oldest first; none when it has no such record. Changes nothing.
pub(crate) fn recorded(conn: &mut SqliteConnection) -> Vec<String> {
    sql_query("SELECT version FROM __diesel_schema_migrations ORDER BY version")
        .load::<Recorded>(conn)
        .map(|rows| rows.into_iter().map(|row| row.version).collect())
        .unwrap_or_default()
}

/// What is not applied yet; an error when something unknown is.
fn pending(conn: &mut SqliteConnection, path: &Path) -> Result<Vec<String>, StoreError> {
    let applied: Vec<String> = conn
        .applied_migrations()
        .map_err(|error| read_failed(path, &error.to_string()))?
        .iter()
        .map(MigrationVersion::to_string)
        .collect();
    refuse_unknown(&applied)?;
    Ok(known()?
        .into_iter()
        .filter(|version| !applied.contains(version))
        .collect())
}

/// The versions inside this binary, oldest first.
fn known() -> Result<Vec<String>, StoreError> {
    let migrations =
        MigrationSource::<Sqlite>::migrations(&SQLITE).map_err(|error| StoreError::Migration(error.to_string()))?;
    let mut versions: Vec<String> = migrations
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect();
    versions.sort_unstable();
    Ok(versions)
}

fn read_failed(path: &Path, reason: &str) -> StoreError {
    let path = path.to_path_buf();
    if reason.contains("not a database") || reason.contains("malformed") {
        return StoreError::Damaged {
            path,
            findings: reason.to_owned(),
        };
    }
    StoreError::Open {
        path,
        reason: reason.to_owned(),
    }
}

#[derive(QueryableByName)]
struct Recorded {
    #[diesel(sql_type = Text)]
    version: String,
}
