//! The lock on a data folder: two servers never share one.
//!
//! The system's own file lock, so a crash frees it. Tools beside a running server work through SQLite
//! and need no lock, except a restore, which replaces the file under everybody's feet.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::StoreError;

/// The file that is locked. It is never removed: removing would race with another server's start.
pub const LOCK_FILE: &str = "motorpool.lock";

/// Held for as long as a server uses a folder; freed when dropped.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

impl DataLock {
    /// Takes the lock at once or says who has it. Makes no folder.
    pub fn take(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(LOCK_FILE);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(|error| StoreError::file("open the lock", &path, error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Locked {
                    folder: folder.to_path_buf(),
                    holder: holder(file),
                });
            }
            Err(TryLockError::Error(error)) => return Err(StoreError::file("lock", &path, error)),
        }
        sign(&file).map_err(|error| StoreError::file("write the lock", &path, error))?;
        Ok(Self { _file: file })
    }
}

fn sign(mut file: &File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn holder(file: File) -> Option<u32> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
