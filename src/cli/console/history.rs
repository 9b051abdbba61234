//! The lines typed before, kept over sessions in the user's state folder, readable by the user alone.
//!
//! A line with a password, a PIN or a key in it is not kept, nor is one that begins with a blank.

use std::fs::{DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::PathBuf;

use reedline::{FileBackedHistory, History, HistoryItem, HistoryItemId, HistorySessionId, Result, SearchQuery};

/// Most lines kept; the oldest goes.
const LINES_MAX: usize = 1_000;

/// Words of a line that is better forgotten.
const SECRET_WORDS: [&str; 8] = [
    "password",
    "passwd",
    "getadmin",
    "unlockwith",
    "setparent",
    "secret",
    "token",
    "key",
];

/// The history of this user; without a folder to write to, of this session.
pub(super) fn open() -> Option<Box<dyn History>> {
    let kept = file().and_then(|file| FileBackedHistory::with_file(LINES_MAX, file).ok());
    let history = kept.or_else(|| FileBackedHistory::new(LINES_MAX).ok())?;
    Some(Box::new(Discreet(history)))
}

fn file() -> Option<PathBuf> {
    let folder = crate::cli::remote::state_folder()?;
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).ok()?;
    let file = folder.join("console-history.txt");
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(&file)
        .ok()?;
    Some(file)
}

fn is_secret(line: &str) -> bool {
    let line = line.to_lowercase();
    let mut words = line.split(|char: char| !char.is_alphanumeric());
    line.starts_with(char::is_whitespace)
        || SECRET_WORDS.iter().any(|word| line.contains(word))
        || words.any(|word| word.ends_with("pin"))
}

/// A history that does not keep secrets.
struct Discreet(FileBackedHistory);

impl History for Discreet {
    fn save(&mut self, item: HistoryItem) -> Result<HistoryItem> {
        if is_secret(&item.command_line) {
            Ok(item)
        } else {
            self.0.save(item)
        }
    }

    fn load(&self, id: HistoryItemId) -> Result<HistoryItem> {
        self.0.load(id)
    }

    fn count(&self, query: SearchQuery) -> Result<i64> {
        self.0.count(query)
    }

    fn search(&self, query: SearchQuery) -> Result<Vec<HistoryItem>> {
        self.0.search(query)
    }

    fn update(&mut self, id: HistoryItemId, updater: &dyn Fn(HistoryItem) -> HistoryItem) -> Result<()> {
        self.0.update(id, updater)
    }

    fn clear(&mut self) -> Result<()> {
        self.0.clear()
    }

    fn delete(&mut self, id: HistoryItemId) -> Result<()> {
        self.0.delete(id)
    }

    fn sync(&mut self) -> std::io::Result<()> {
        self.0.sync()
    }

    fn session(&self) -> Option<HistorySessionId> {
        self.0.session()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_forgotten_and_the_rest_is_kept() {
        for secret in [
            "s.getadmin(abc)",
            "s.setpassword(a, b)",
            "s.setpin(1234)",
            "s.x(pin=1)",
            "s.unlockwith(ada, b)",
            " s.info()",
        ] {
            assert!(is_secret(secret), "{secret}");
        }
        for kept in ["s.ping()", "s.info()", "hello", "s.book(ada, 1, 2)"] {
            assert!(!is_secret(kept), "{kept}");
        }
    }

    #[test]
    fn a_secret_does_not_reach_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history");
        let mut history = Discreet(FileBackedHistory::with_file(LINES_MAX, path.clone()).unwrap());
        history
            .save(HistoryItem::from_command_line("s.getadmin(hunter2)"))
            .unwrap();
        history.save(HistoryItem::from_command_line("s.info()")).unwrap();
        history.sync().unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap().trim(), "s.info()");
    }
}
