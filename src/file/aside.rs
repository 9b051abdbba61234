//! Bytes that are set aside until it is known what they are: in a file without a name, gone when it is let go.
//!
//! Bounded as files are: each by the largest file, all together by what one account may have, and the disk keeps free what
//! is to stay free.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::rules::limits::NoRoom;
use super::{FileError, Files};

/// Bytes of a header that may stand before the largest file.
const HEADER_BYTES: u64 = 512;

/// What was set aside by somebody.
pub(crate) struct Aside {
    files: Files,
    file: Arc<File>,
    bytes: u64,
}

impl Files {
    /// A place to set bytes aside.
    ///
    /// # Errors
    /// Files are switched off, or the disk's.
    pub(crate) async fn set_aside(&self) -> Result<Aside, FileError> {
        self.is_on()?;
        let file = self.0.disk.run(|disk| disk.nameless()).await??;
        Ok(Aside {
            files: self.clone(),
            file: Arc::new(file),
            bytes: 0,
        })
    }
}

impl Aside {
    /// How many bytes there are.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// `NoRoom`, `Full`, or the disk's; then it is of no use any more.
    pub(crate) async fn append(&mut self, piece: Bytes) -> Result<(), FileError> {
        let count = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        let max = self.files.0.config.file_bytes;
        let bytes = self.bytes.saturating_add(count);
        if bytes > max.saturating_add(HEADER_BYTES) {
            return Err(NoRoom::File { got: bytes, max }.into());
        }
        let held = self.files.0.aside_bytes.fetch_add(count, Ordering::Relaxed);
        let at = self.bytes;
        // Counted before it is written: letting go gives back all of it.
        self.bytes = bytes;
        let max = self.files.0.config.account_bytes;
        if held.saturating_add(count) > max {
            let (wanted, used) = (count, held);
            return Err(NoRoom::Account { wanted, used, max }.into());
        }
        let file = Arc::clone(&self.file);
        let written = self.files.0.disk.run(move |disk| {
            if !disk.has_room_for(count) {
                return Err(FileError::Full);
            }
            Ok(file.write_all_at(&piece, at)?)
        });
        written.await?
    }

    /// So many bytes from there; fewer only at its end.
    ///
    /// # Errors
    /// The disk's, or too much waits.
    pub(crate) async fn piece(&self, offset: u64, bytes_max: usize) -> Result<Bytes, FileError> {
        let left = usize::try_from(self.bytes.saturating_sub(offset)).unwrap_or(usize::MAX);
        let file = Arc::clone(&self.file);
        let read = self.files.0.disk.run(move |_| {
            let mut bytes = vec![0; bytes_max.min(left)];
            file.read_exact_at(&mut bytes, offset)?;
            Ok::<_, std::io::Error>(Bytes::from(bytes))
        });
        Ok(read.await??)
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        self.files.0.aside_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
