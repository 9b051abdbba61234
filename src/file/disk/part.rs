//! A file on its way: bytes are appended and hashed as they come, once.
//!
//! The hash goes along with the bytes, so that the end of an upload needs no second look at it. Only who goes on with what
//! another process began reads it again.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use data_encoding::HEXLOWER;
use ring::digest::{Context, SHA256};

/// Bytes read at a time when a part is hashed again.
const READ_BYTES: usize = 256 * 1024;

/// The SHA-256 of what has come so far, and how much that is.
#[derive(Clone)]
pub(crate) struct Hasher {
    context: Context,
    bytes: u64,
}

impl Hasher {
    fn new() -> Self {
        Self {
            context: Context::new(&SHA256),
            bytes: 0,
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        self.context.update(bytes);
        self.bytes = self
            .bytes
            .saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    }

    /// In hexadecimal digits.
    pub(crate) fn digits(&self) -> String {
        hex_of(self.context.clone().finish().as_ref())
    }
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex_of(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// A part that is open.
pub(crate) struct Part {
    file: File,
    hasher: Hasher,
    synced: u64,
}

impl Part {
    /// Opens it, makes it when there is none, and takes the first `believed` bytes for good, as far as they are there. Reads those.
    pub(super) fn open(path: &Path, believed: u64) -> io::Result<Self> {
        let mut file = open(path)?;
        let held = file.metadata()?.len().min(believed);
        let mut hasher = Hasher::new();
        let mut buffer = vec![0; READ_BYTES.min(usize::try_from(held).unwrap_or(READ_BYTES))];
        while hasher.bytes < held {
            let left = usize::try_from(held - hasher.bytes).unwrap_or(usize::MAX);
            let room = buffer.len().min(left);
            let read = match buffer.get_mut(..room) {
                Some(room) => file.read(room)?,
                None => 0,
            };
            if read == 0 {
                break;
            }
            hasher.update(buffer.get(..read).unwrap_or_default());
        }
        file.set_len(hasher.bytes)?;
        Ok(Self {
            file,
            synced: 0,
            hasher,
        })
    }

    /// Opens one again that was let go in between, with the hash that goes with it.
    pub(crate) fn again(file: File, hasher: Hasher) -> io::Result<Self> {
        if file.metadata()?.len() < hasher.bytes {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "a part is shorter than it was",
            ));
        }
        file.set_len(hasher.bytes)?;
        Ok(Self {
            file,
            synced: hasher.bytes,
            hasher,
        })
    }

    /// Bytes that count.
    pub(crate) fn held(&self) -> u64 {
        self.hasher.bytes
    }

    /// Bytes that the disk may not have.
    pub(crate) fn unsynced(&self) -> u64 {
        self.hasher.bytes.saturating_sub(self.synced)
    }

    /// Appends; on a fault nothing of it counts.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let held = self.held();
        if let Err(err) = self.file.write_all_at(bytes, held) {
            // What was written of it is behind the end, and cut off as soon as the disk lets us.
            drop(self.file.set_len(held));
            return Err(err);
        }
        self.hasher.update(bytes);
        Ok(())
    }

    /// What has come is on the disk.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()?;
        self.synced = self.held();
        Ok(())
    }

    /// The hash of what counts, to come back to.
    pub(crate) fn hasher(&self) -> &Hasher {
        &self.hasher
    }

    /// What came since does not count.
    pub(crate) fn back_to(&mut self, hasher: Hasher) -> io::Result<()> {
        self.hasher = hasher;
        self.synced = self.synced.min(self.held());
        self.file.set_len(self.held())
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}
