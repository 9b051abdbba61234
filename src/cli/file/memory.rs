//! What was sent already, and what was begun: a small file of this machine, by hash and name.
//!
//! Written anew as a whole after each step, so that a program that is killed has it as it was or as it is.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::cli::Failure;
use crate::cli::remote::state_folder;

/// A file that the server has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sent {
    /// Its number there.
    pub(super) file: i64,
    /// Its size here, when it was sent.
    pub(super) size: u64,
    /// When it was last changed here, in microseconds.
    pub(super) modified: i64,
}

/// Everything that is remembered.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Memory {
    /// By hash and name.
    sent: BTreeMap<String, Sent>,
    /// Uploads that were begun, by hash and name.
    open: BTreeMap<String, String>,
    #[serde(skip)]
    path: Option<PathBuf>,
}

fn key(sha256: &str, name: &str) -> String {
    format!("{sha256} {name}")
}

impl Memory {
    /// Of that file; empty when there is none yet.
    pub(super) fn load(path: &Path) -> Result<Self, Failure> {
        let unreadable = |why: &dyn std::fmt::Display| {
            Failure::failed(format!(
                "cannot read {}: {why}; move it away to begin anew",
                path.display()
            ))
        };
        let mut memory = match fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|err| unreadable(&err))?,
            Err(err) if err.kind() == io::ErrorKind::NotFound => Self::default(),
            Err(err) => return Err(unreadable(&err)),
        };
        memory.path = Some(path.to_owned());
        Ok(memory)
    }

    /// Where it is kept for a server and a user unless somebody says.
    pub(super) fn usual_path(addr: &str, user: &str) -> Option<PathBuf> {
        let safe = |text: &str| -> String {
            let letters = text.chars().map(|letter| {
                if letter.is_ascii_alphanumeric() || letter == '.' {
                    letter
                } else {
                    '_'
                }
            });
            letters.collect()
        };
        Some(
            state_folder()?
                .join("files")
                .join(format!("{}-{}.json", safe(addr), safe(user))),
        )
    }

    /// Whether a file of this name, size and time was sent: then it need not be read again.
    pub(super) fn knows_unchanged(&self, name: &str, size: u64, modified: i64) -> bool {
        let behind = format!(" {name}");
        self.sent
            .iter()
            .any(|(key, sent)| key.ends_with(&behind) && sent.size == size && sent.modified == modified)
    }

    /// Whether these bytes were sent under this name.
    pub(super) fn knows(&self, sha256: &str, name: &str) -> bool {
        self.sent.contains_key(&key(sha256, name))
    }

    /// The upload that was begun for them.
    pub(super) fn upload(&self, sha256: &str, name: &str) -> Option<&str> {
        self.open.get(&key(sha256, name)).map(String::as_str)
    }

    /// An upload was begun.
    pub(super) fn begun(&mut self, sha256: &str, name: &str, upload: &str) -> Result<(), Failure> {
        let before = self.open.insert(key(sha256, name), upload.to_owned());
        if before.as_deref() == Some(upload) {
            Ok(())
        } else {
            self.save()
        }
    }

    /// The server will not go on with it.
    pub(super) fn refused(&mut self, sha256: &str, name: &str) -> Result<(), Failure> {
        self.open.remove(&key(sha256, name));
        self.save()
    }

    /// The server has it.
    pub(super) fn sent(&mut self, sha256: &str, name: &str, sent: Sent) -> Result<(), Failure> {
        self.open.remove(&key(sha256, name));
        self.sent.insert(key(sha256, name), sent);
        self.save()
    }

    fn save(&self) -> Result<(), Failure> {
        let Some(path) = &self.path else { return Ok(()) };
        self.write(path)
            .map_err(|err| Failure::failed(format!("cannot write {}: {err}", path.display())))
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut file = NamedTempFile::new_in(folder)?;
        serde_json::to_writer(&mut file, self)?;
        file.flush()?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_and_begun_is_known_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sub/memory.json");
        let mut memory = Memory::load(&path).unwrap();
        memory.begun("aa", "1.csv", "u-1").unwrap();
        let sent = Sent {
            file: 7,
            size: 3,
            modified: 9,
        };
        memory.sent("bb", "2.csv", sent).unwrap();
        let again = Memory::load(&path).unwrap();
        assert_eq!(again.upload("aa", "1.csv"), Some("u-1"));
        assert!(again.knows("bb", "2.csv") && !again.knows("bb", "1.csv") && !again.knows("aa", "1.csv"));
        assert!(again.knows_unchanged("2.csv", 3, 9));
        assert!(!again.knows_unchanged("2.csv", 3, 10) && !again.knows_unchanged("1.csv", 3, 9));
    }

    #[test]
    fn a_memory_that_cannot_be_read_is_said_and_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("memory.json");
        fs::write(&path, "not json").unwrap();
        assert!(Memory::load(&path).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "not json");
    }
}
