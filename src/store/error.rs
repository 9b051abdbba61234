//! What can go wrong with the store, and how a diesel error becomes one of it.
//!
//! Callers match on `Missing`, `Conflict`, `Busy`, `Full`, `Late` and `Unavailable`; everything else
//! is for the log or the command line. The words of SQLite are read here and nowhere else.

use std::io;
use std::path::{Path, PathBuf};

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};

use super::url::UrlError;

/// Prefix of what a trigger raises when a row may not stand beside another.
const CONFLICT_PREFIX: &str = "conflict:";

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No row matched.
    #[error("no such row")]
    Missing,
    /// A stored row is in the way.
    #[error("conflicts with a stored row on {what}")]
    Conflict {
        /// The trigger's name (`booking_overlap`) or the columns that must be unique (`car.name`).
        what: String,
    },
    /// Too much is waiting already, or another program holds the database; trying again later may help.
    #[error("the store is busy: {what}")]
    Busy {
        /// What is full or held.
        what: &'static str,
    },
    /// The disk, or the quota, is full. Nothing of the job was kept.
    #[error("the disk is full")]
    Full,
    /// The store is closed, or failed and waits for a restart of the process.
    #[error("the store is not available")]
    Unavailable,
    /// The job waited too long and was not run, or a read took too long.
    #[error("the store did not answer in time")]
    Late,
    /// The job panicked; nothing of it was kept.
    #[error("a job of the store panicked")]
    Panicked,
    /// The job itself gave up with an error of its own; nothing of it was kept.
    #[error("{0}")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A newer program has been at this database.
    #[error(
        "the database has migrations this program does not know ({}); the newest it knows is {known}: \
         run the newer motorpool, or restore a backup made with this one",
        found.join(", ")
    )]
    Newer {
        /// The unknown versions.
        found: Vec<String>,
        /// The newest version this program knows.
        known: String,
    },
    /// The address of the database is not one.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// A back-end that this release cannot use yet.
    #[error(
        "PostgreSQL comes with a later release; use an SQLite address such as sqlite:///var/lib/motorpool/motorpool.db"
    )]
    NotYet,
    /// The database could not be opened.
    #[error("cannot open the database {}: {reason}", path.display())]
    Open {
        /// The database file.
        path: PathBuf,
        /// What the system or the back-end said.
        reason: String,
    },
    /// The file is not a sound database of this program.
    #[error("{} is damaged or no motorpool database: {findings}", path.display())]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// What the checks found.
        findings: String,
    },
    /// Another server uses the folder.
    #[error("another motorpool server{} uses {}; stop it first", holder.map(|pid| format!(" (process {pid})")).unwrap_or_default(), folder.display())]
    Locked {
        /// The data folder.
        folder: PathBuf,
        /// Process id of the other server, where it could be read.
        holder: Option<u32>,
    },
    /// A file that would be overwritten.
    #[error("{} exists already and is not overwritten", path.display())]
    Exists {
        /// The file in the way.
        path: PathBuf,
    },
    /// A file or folder could not be used.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Bringing the tables up to date failed.
    #[error("cannot bring the tables up to date: {0}")]
    Migration(String),
    /// Anything else the database said.
    #[error("the database refused: {0}")]
    Database(#[source] DieselError),
}

impl StoreError {
    /// A job's own error, carried out through the store; nothing of the job is kept.
    pub fn refused(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Refused(error.into())
    }

    pub(crate) fn file(action: &'static str, path: &Path, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::StorageFull {
            return Self::Full;
        }
        Self::File {
            action,
            path: path.to_path_buf(),
            source,
        }
    }

    /// Whether the database itself, not the statement, is broken: nothing may be promised any more.
    pub(crate) fn is_fatal(&self) -> bool {
        const FATAL: [&str; 6] = [
            "disk I/O error",
            "database disk image is malformed",
            "file is not a database",
            "unable to open database file",
            "attempt to write a readonly database",
            "locking protocol",
        ];
        matches!(self, Self::Database(DieselError::DatabaseError(_, info)) if FATAL.contains(&info.message()))
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::NotFound => Self::Missing,
            DieselError::DatabaseError(
                DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::ExclusionViolation,
                info,
            ) => Self::Conflict {
                what: conflict_subject(info.as_ref()),
            },
            DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => Self::Busy {
                what: "another transaction is in the way",
            },
            DieselError::DatabaseError(kind, info) => {
                let message = info.message();
                if let Some(what) = message.strip_prefix(CONFLICT_PREFIX) {
                    Self::Conflict { what: what.to_owned() }
                } else if message.starts_with("database is locked") || message.starts_with("database table is locked") {
                    Self::Busy {
                        what: "another program holds the database",
                    }
                } else if message.contains("database or disk is full") || message.contains("No space left on device") {
                    Self::Full
                } else {
                    Self::Database(DieselError::DatabaseError(kind, info))
                }
            }
            DieselError::RollbackErrorOnCommit { commit_error, .. } => Self::from(*commit_error),
            other => Self::Database(other),
        }
    }
}

/// The same subject from both back-ends: `car.name` from SQLite's `UNIQUE constraint failed: car.name`
/// and from PostgreSQL's default name `car_name_key`; a constraint with a name of its own keeps it.
fn conflict_subject(info: &(dyn DatabaseErrorInformation + Send + Sync)) -> String {
    if let Some(name) = info.constraint_name() {
        let column = info.table_name().and_then(|table| {
            name.strip_prefix(table)?
                .strip_prefix('_')?
                .strip_suffix("_key")
                .map(|column| (table, column))
        });
        return column.map_or_else(|| name.to_owned(), |(table, column)| format!("{table}.{column}"));
    }
    let message = info.message();
    message
        .rsplit_once(": ")
        .map_or(message, |(_, subject)| subject)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What PostgreSQL says of a broken constraint.
    struct Broken(&'static str);

    impl DatabaseErrorInformation for Broken {
        fn message(&self) -> &str {
            "duplicate key value violates a constraint"
        }
        fn details(&self) -> Option<&str> {
            None
        }
        fn hint(&self) -> Option<&str> {
            None
        }
        fn table_name(&self) -> Option<&str> {
            Some("car")
        }
        fn column_name(&self) -> Option<&str> {
            None
        }
        fn constraint_name(&self) -> Option<&str> {
            Some(self.0)
        }
        fn statement_position(&self) -> Option<i32> {
            None
        }
    }

    fn said(message: &str) -> StoreError {
        let info = Box::new(message.to_owned());
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, info).into()
    }

    #[test]
    fn both_back_ends_name_a_conflict_alike() {
        for (name, wanted) in [("car_name_key", "car.name"), ("booking_overlap", "booking_overlap")] {
            let kind = DatabaseErrorKind::ExclusionViolation;
            let error = DieselError::DatabaseError(kind, Box::new(Broken(name))).into();
            assert!(
                matches!(&error, StoreError::Conflict { what } if what == wanted),
                "{error:?}"
            );
        }
        let error = said("conflict:booking_overlap");
        assert!(matches!(&error, StoreError::Conflict { what } if what == "booking_overlap"));
    }

    #[test]
    fn only_a_broken_database_is_fatal() {
        assert!(matches!(said("database is locked"), StoreError::Busy { .. }));
        assert!(matches!(said("database or disk is full"), StoreError::Full));
        for (message, is_fatal) in [
            ("disk I/O error", true),
            ("database disk image is malformed", true),
            ("no such table: cars", false),
            ("FOREIGN KEY constraint failed", false),
        ] {
            assert_eq!(said(message).is_fatal(), is_fatal, "{message}");
        }
    }
}
