//! How much of the disk stays free, and what is put by for when something else fills it.
//!
//! Files leave `reserve_bytes` free. Half of that lies in a file of its own: when the disk has less than a quarter left, that file
//! is given up, so that bookings, logins and unlocks can be written for a while. Once there is room again it is put by anew.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{FallocateFlags, fallocate, statvfs};

/// What is put by.
const RESERVE: &str = "reserve";

/// How it stands with the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Space {
    /// Free bytes, without what is put by.
    pub(crate) free: u64,
    /// Whether what is put by was given up.
    pub(crate) is_tight: bool,
}

/// The bound and the file.
pub(super) struct Reserve {
    root: PathBuf,
    bytes: u64,
    is_tight: AtomicBool,
}

impl Reserve {
    /// Nothing is put by before the first look.
    pub(super) fn new(root: &Path, bytes: u64) -> Self {
        Self {
            root: root.to_owned(),
            bytes,
            is_tight: AtomicBool::new(false),
        }
    }

    /// Whether so many bytes more leave the bound. A disk that does not tell is taken to have room: it says itself when it is full.
    pub(super) fn has_room_for(&self, bytes: u64) -> bool {
        let put_by = if self.is_tight.load(Ordering::Relaxed) {
            0
        } else {
            self.bytes / 2
        };
        self.free()
            .is_none_or(|free| free.saturating_add(put_by) >= bytes.saturating_add(self.bytes))
    }

    /// Gives up or puts by, as it stands.
    pub(super) fn look(&self) -> Space {
        let free = self.free().unwrap_or(u64::MAX);
        let was_tight = self.is_tight.load(Ordering::Relaxed);
        if free < self.bytes / 4 {
            if self.file().is_ok_and(|file| file.set_len(0).is_ok()) {
                self.is_tight.store(true, Ordering::Relaxed);
                if !was_tight {
                    tracing::error!(
                        free,
                        "the disk is nearly full: what was put by is given up, and no files are taken"
                    );
                }
            }
        } else if free >= self.bytes || !was_tight {
            // At the start as well: a file that is as long as that already costs nothing more.
            let put_by = self.file().and_then(|file| {
                let wanted = self.bytes / 2;
                if file.metadata()?.len() == wanted {
                    return Ok(());
                }
                Ok(fallocate(&file, FallocateFlags::empty(), 0, wanted)?)
            });
            self.is_tight.store(put_by.is_err() && was_tight, Ordering::Relaxed);
            if put_by.is_ok() && was_tight {
                tracing::info!(free, "the disk has room again: files are taken");
            }
        }
        Space {
            free: self.free().unwrap_or(u64::MAX),
            is_tight: self.is_tight.load(Ordering::Relaxed),
        }
    }

    fn free(&self) -> Option<u64> {
        let found = statvfs(&self.root).ok()?;
        Some(found.f_bavail.saturating_mul(found.f_frsize))
    }

    fn file(&self) -> std::io::Result<File> {
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(self.root.join(RESERVE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_by_is_as_large_as_said_and_counts_as_room_for_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let reserve = Reserve::new(folder.path(), 1 << 20);
        let space = reserve.look();
        assert!(!space.is_tight);
        let put_by = folder.path().join(RESERVE).metadata().unwrap();
        assert_eq!(put_by.len(), 1 << 19);
        assert!(reserve.has_room_for(1));
        assert!(!reserve.has_room_for(u64::MAX / 2));
    }

    #[test]
    fn a_disk_that_cannot_have_as_much_free_takes_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let free = Reserve::new(folder.path(), 1).free().unwrap();
        let reserve = Reserve::new(folder.path(), free.saturating_mul(8));
        assert!(!reserve.has_room_for(1));
        assert!(reserve.look().is_tight);
    }
}
