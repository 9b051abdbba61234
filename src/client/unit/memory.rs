//! What a unit keeps on disk: the nonces it has seen, the booking that is out, the vehicle.
//!
//! A nonce is on disk before its command is carried out, so that a unit that restarts does nothing twice. Everything
//! here blocks; it belongs on a thread that may.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::nonces::Nonces;
use super::vehicle::Vehicle;

const NONCES_FILE: &str = "nonces.log";
const SAVED_FILE: &str = "unit.json";
const LOCK_FILE: &str = "unit.lock";

/// The booking that this vehicle is out with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenBooking {
    /// Its number.
    pub booking: i64,
    /// Who drives, if they signed in here.
    pub user: Option<String>,
}

/// A return that the server may have heard of: a retry must be the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Returning {
    pub(super) request_id: String,
    pub(super) booking: Option<i64>,
    pub(super) latitude: f64,
    pub(super) longitude: f64,
    pub(super) place: Option<String>,
}

/// What survives a restart, besides the nonces.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Saved {
    pub(super) vehicle: Vehicle,
    #[serde(default)]
    pub(super) open: Option<OpenBooking>,
    #[serde(default)]
    pub(super) returning: Option<Returning>,
}

/// Why a unit cannot keep what it must.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// The folder or a file in it.
    #[error("cannot {what} {}: {source}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Two units with one memory would forget for each other.
    #[error("another unit uses {}", .0.display())]
    InUse(PathBuf),
}

/// The memory of one unit.
#[derive(Debug)]
pub(super) struct Memory {
    folder: PathBuf,
    pub(super) nonces: Nonces,
    log: File,
    _lock: File,
}

impl Memory {
    /// Opens the folder, making it if need be. Nothing is forgotten here: our own clock may be far ahead.
    pub(super) fn open(folder: &Path) -> Result<(Self, Option<Saved>), MemoryError> {
        let failed = |what, path: &Path| {
            let path = path.to_owned();
            move |source| MemoryError::File { what, path, source }
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(failed("make", folder))?;
        let lock = own(&folder.join(LOCK_FILE)).map_err(failed("open", &folder.join(LOCK_FILE)))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(MemoryError::InUse(folder.to_owned())),
            Err(TryLockError::Error(source)) => return Err(failed("lock", folder)(source)),
        }
        let path = folder.join(NONCES_FILE);
        let nonces = read_nonces(&path).map_err(failed("read", &path))?;
        let log = write_nonces(folder, &nonces).map_err(failed("write", &path))?;
        let path = folder.join(SAVED_FILE);
        let saved = match std::fs::read(&path) {
            Ok(bytes) => Some(serde_json::from_slice(&bytes).map_err(|err| failed("read", &path)(err.into()))?),
            Err(err) if err.kind() == io::ErrorKind::NotFound => None,
            Err(err) => return Err(failed("read", &path)(err)),
        };
        Ok((
            Self {
                folder: folder.to_owned(),
                nonces,
                log,
                _lock: lock,
            },
            saved,
        ))
    }

    /// Remembers a nonce; it is on disk when this returns.
    pub(super) fn remember(&mut self, nonce: &str, expires_at: Timestamp) -> io::Result<()> {
        writeln!(self.log, "{}", line(nonce, expires_at))?;
        self.log.sync_data()?;
        self.nonces.remember(nonce, expires_at);
        Ok(())
    }

    /// Forgets old nonces, on disk too.
    pub(super) fn tidy(&mut self, now: Timestamp) -> io::Result<()> {
        if self.nonces.forget_old(now) {
            self.log = write_nonces(&self.folder, &self.nonces)?;
        }
        Ok(())
    }

    /// Keeps the rest; whole or not at all.
    pub(super) fn save(&self, saved: &Saved) -> io::Result<()> {
        let bytes = serde_json::to_vec_pretty(saved)?;
        replace(&self.folder, SAVED_FILE, &bytes)?;
        Ok(())
    }
}

fn own(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

/// The nonce is quoted: it is the server's text.
fn line(nonce: &str, expires_at: Timestamp) -> String {
    serde_json::json!([expires_at.as_microsecond(), nonce]).to_string()
}

fn read_nonces(path: &Path) -> io::Result<Nonces> {
    let text = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(Nonces::default()),
        Err(err) => return Err(err),
    };
    let mut nonces = Nonces::default();
    // A line that was not finished is of a command that was not carried out.
    for line in text.split(|byte| *byte == b'\n') {
        if let Ok((micros, nonce)) = serde_json::from_slice::<(i64, String)>(line) {
            nonces.remember(&nonce, Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX));
        }
    }
    Ok(nonces)
}

fn write_nonces(folder: &Path, nonces: &Nonces) -> io::Result<File> {
    let lines: String = nonces
        .iter()
        .map(|(nonce, expires_at)| line(nonce, expires_at) + "\n")
        .collect();
    replace(folder, NONCES_FILE, lines.as_bytes())?;
    own(&folder.join(NONCES_FILE))
}

/// Puts a file in place of another, so that a crash leaves one of them whole.
fn replace(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(folder.join(name)).map_err(|err| err.error)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn nonces_and_the_booking_survive_a_restart_and_a_torn_line() {
        let folder = tempfile::tempdir().unwrap();
        let (mut memory, saved) = Memory::open(folder.path()).unwrap();
        assert_eq!(saved, None);
        memory.remember("one\n\"", at(10)).unwrap();
        memory.remember("two", at(20)).unwrap();
        let saved = Saved {
            vehicle: Vehicle::parked(1.0, 2.0),
            open: Some(OpenBooking {
                booking: 7,
                user: Some("ada".to_owned()),
            }),
            returning: None,
        };
        memory.save(&saved).unwrap();
        write!(memory.log, "[18000000200000").unwrap();
        drop(memory);
        let (memory, again) = Memory::open(folder.path()).unwrap();
        assert_eq!(again, Some(saved));
        assert!(memory.nonces.knows("one\n\"") && memory.nonces.knows("two"));
        assert_eq!(memory.nonces.iter().count(), 2);
    }

    #[test]
    fn two_units_never_share_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let first = Memory::open(folder.path()).unwrap();
        let second = Memory::open(folder.path()).map(|_| ()).unwrap_err();
        assert!(matches!(second, MemoryError::InUse(_)), "{second}");
        drop(first);
        assert!(Memory::open(folder.path()).is_ok());
    }

    #[test]
    fn old_nonces_leave_the_disk_too() {
        let folder = tempfile::tempdir().unwrap();
        let (mut memory, _) = Memory::open(folder.path()).unwrap();
        memory.remember("old", at(0)).unwrap();
        memory.tidy(at(200_000)).unwrap();
        memory.remember("new", at(200_000)).unwrap();
        let text = std::fs::read_to_string(folder.path().join(NONCES_FILE)).unwrap();
        assert!(!text.contains("old") && text.contains("new"), "{text}");
    }
}
