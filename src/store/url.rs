//! The address of the database: which back-end, and where.
//!
//! Reads `sqlite:///path`, `sqlite:path`, a plain path, and `postgres://…`; everything else is refused
//! with what was got. Opens nothing.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where the database is.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file, used by the SQLite inside this program.
    Sqlite(PathBuf),
    /// The address of a PostgreSQL server, as libpq reads it.
    Postgres(String),
}

/// Why an address was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Nothing was given, or nothing after the scheme.
    #[error("the database address `{0}` names no file; wanted something like sqlite:///var/lib/motorpool/motorpool.db")]
    NoPath(String),
    /// A database in memory would be gone with the process, and each connection would have its own.
    #[error("the database must be a file, got `{0}`")]
    InMemory(String),
    /// A scheme that no back-end reads.
    #[error("unknown database address `{0}://…`; wanted sqlite:///path, a path, or postgres://…")]
    UnknownScheme(String),
    /// SQLite's own options are not for the user to set.
    #[error("the database address `{0}` has options after `?`; wanted a path alone")]
    Options(String),
}

impl DatabaseUrl {
    /// The address of an SQLite file.
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        Self::Sqlite(path.into())
    }

    /// The file of an SQLite database.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }

    /// The folder of an SQLite database: the one to lock.
    pub fn folder(&self) -> Option<&Path> {
        self.path().map(folder_of)
    }
}

/// The folder a file is in; `.` for a bare name.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

impl FromStr for DatabaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        let (path, has_scheme) = match text.strip_prefix("sqlite:") {
            Some(rest) => (rest.strip_prefix("//").unwrap_or(rest), true),
            None => (text, false),
        };
        if path.is_empty() || path.ends_with('/') {
            return Err(UrlError::NoPath(text.to_owned()));
        }
        if path.starts_with(":memory:") || path.starts_with("file:") {
            return Err(UrlError::InMemory(text.to_owned()));
        }
        if let Some((scheme, _)) = path.split_once("://") {
            return Err(UrlError::UnknownScheme(scheme.to_owned()));
        }
        if has_scheme && path.contains('?') {
            return Err(UrlError::Options(text.to_owned()));
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }
}

/// Never shows a password.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => {
                let host = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
                let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
                write!(f, "postgres://{}", host.split('?').next().unwrap_or_default())
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_file_is_read() {
        for (text, path) in [
            ("sqlite:///var/lib/m.db", "/var/lib/m.db"),
            ("sqlite:/var/lib/m.db", "/var/lib/m.db"),
            ("sqlite:m.db", "m.db"),
            ("sqlite://m.db", "m.db"),
            (" /srv/motor pool/m.db ", "/srv/motor pool/m.db"),
            ("fleet?.db", "fleet?.db"),
        ] {
            assert_eq!(text.parse::<DatabaseUrl>(), Ok(DatabaseUrl::sqlite(path)), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_what_was_got() {
        assert_eq!("".parse::<DatabaseUrl>(), Err(UrlError::NoPath(String::new())));
        for (text, part) in [
            ("sqlite://", "names no file"),
            ("/var/lib/", "names no file"),
            ("sqlite::memory:", "must be a file"),
            ("file:/x?mode=memory", "must be a file"),
            ("mysql://host/fleet", "`mysql://"),
            ("sqlite:///m.db?mode=ro", "options"),
        ] {
            let error = text.parse::<DatabaseUrl>().unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let url: DatabaseUrl = "postgresql://fleet:p@ss@db.example/fleet?password=s".parse().unwrap();
        assert_eq!(url.to_string(), "postgres://db.example/fleet");
        assert_eq!(format!("{url:?}"), "DatabaseUrl(postgres://db.example/fleet)");
    }
}
