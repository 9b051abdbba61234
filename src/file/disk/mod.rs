//! Where the contents of files lie, and the threads that write and read them.
//!
//! `files/ab/cd/abcd…` below the data folder: two levels of folders, then the digits of the upload. What is on its way has
//! `.part` behind. Nothing that anybody sent is ever part of a path. Free space is looked at before each piece is written, so that
//! files never take what bookings need; half of that is put by in a file beforehand, to be given up when something else fills
//! the disk.

mod folders;
mod part;
mod reserve;
mod workers;

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use folders::Folders;
pub(crate) use folders::Found;
pub(crate) use part::{Hasher, Part, hex_of};
use reserve::Reserve;
pub(crate) use reserve::Space;
use workers::Workers;

use super::error::FileError;
use super::rules::ids::UploadId;
use crate::config::FilesConfig;

/// Where the kernel names this run of the machine.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// The disk as files use it; cheap to clone.
#[derive(Clone)]
pub(crate) struct Disk(Arc<Inner>);

struct Inner {
    folders: Folders,
    reserve: Reserve,
    workers: Workers,
    sync_bytes: u64,
    boot: String,
}

/// Content that is read; it stays readable when its file is removed meanwhile.
#[derive(Clone)]
pub(crate) struct Content {
    file: Arc<File>,
    bytes: u64,
}

impl Content {
    /// How many bytes it has.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Disk {
    /// Below that data folder.
    ///
    /// # Errors
    /// When the folder or a thread cannot be made.
    pub(crate) fn open(data: &Path, config: &FilesConfig) -> io::Result<Self> {
        let folders = Folders::make(data)?;
        let reserve = Reserve::new(folders.root(), config.reserve_bytes);
        let most = config.uploads_max.saturating_mul(2);
        let waiting_max = usize::try_from(most).unwrap_or(usize::MAX).max(64);
        // Without the kernel's word no length of a part is believed that was not flushed.
        let boot = std::fs::read_to_string(BOOT_ID).unwrap_or_else(|_| uuid::Uuid::new_v4().to_string());
        Ok(Self(Arc::new(Inner {
            workers: Workers::start(config.threads, waiting_max)?,
            folders,
            reserve,
            sync_bytes: config.sync_bytes,
            boot: boot.trim().to_owned(),
        })))
    }

    /// Names this run of the machine.
    pub(crate) fn boot(&self) -> &str {
        &self.0.boot
    }

    /// Bytes after which a part is flushed.
    pub(crate) fn sync_bytes(&self) -> u64 {
        self.0.sync_bytes
    }

    /// Whether so many bytes more leave what is to stay free.
    pub(crate) fn has_room_for(&self, bytes: u64) -> bool {
        self.0.reserve.has_room_for(bytes)
    }

    /// Does something on a thread for files.
    ///
    /// # Errors
    /// `Busy` when too much waits, `Broken` when the work panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, FileError> {
        let disk = self.clone();
        self.0.workers.run(move || work(&disk)).await
    }

    /// The same without anybody waiting for it; not done when too much waits.
    pub(crate) fn leave(&self, work: impl FnOnce(&Self) + Send + 'static) {
        let disk = self.clone();
        self.0.workers.leave(move || work(&disk));
    }

    /// The part of an upload, made when there is none; the bytes behind `held` are cut off. Blocks.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn part(&self, id: &UploadId, believed: u64) -> io::Result<Part> {
        self.0.folders.make_for(id)?;
        let path = self.0.folders.part(id);
        let content = self.0.folders.content(id);
        // It was renamed, and the server ended before the file was written down: it is a part again.
        if !path.exists() && content.exists() {
            std::fs::rename(&content, &path)?;
            self.0.folders.sync_of(id)?;
        }
        Part::open(&path, believed)
    }

    /// Appends to a part, as far as there is room beside what is to stay free, and flushes it at intervals: gives up to where it is
    /// on the disk when it was. Blocks.
    ///
    /// # Errors
    /// `Full`, or the disk's fault; nothing of the bytes counts then.
    pub(crate) fn append(&self, part: &mut Part, bytes: &[u8]) -> Result<Option<u64>, FileError> {
        if !self.has_room_for(u64::try_from(bytes.len()).unwrap_or(u64::MAX)) {
            return Err(FileError::Full);
        }
        part.append(bytes)?;
        if part.unsynced() < self.sync_bytes() {
            return Ok(None);
        }
        part.sync()?;
        Ok(Some(part.held()))
    }

    /// The part is content from now on: flushed, renamed, its folder flushed. Blocks.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn settle(&self, part: &mut Part, id: &UploadId) -> io::Result<()> {
        part.sync()?;
        std::fs::rename(self.0.folders.part(id), self.0.folders.content(id))?;
        self.0.folders.sync_of(id)
    }

    /// The content is a part again: it was not written down as a file. Blocks.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn unsettle(&self, id: &UploadId) -> io::Result<()> {
        std::fs::rename(self.0.folders.content(id), self.0.folders.part(id))
    }

    /// Content or part, whichever there is, is no more. Blocks.
    pub(crate) fn remove(&self, id: &UploadId) {
        for path in [self.0.folders.part(id), self.0.folders.content(id)] {
            if let Err(err) = std::fs::remove_file(&path)
                && err.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(%err, path = %path.display(), "the content of a file could not be removed; the next start tries again");
            }
        }
    }

    /// The part of an upload to go on writing to, if it is there. Blocks.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn part_file(&self, id: &UploadId) -> io::Result<File> {
        File::options().read(true).write(true).open(self.0.folders.part(id))
    }

    /// Opens the part of an upload to read it. Blocks.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn open_part(&self, id: &UploadId) -> io::Result<File> {
        File::open(self.0.folders.part(id))
    }

    /// A file that nobody else can open, gone when it is closed. Blocks.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn nameless(&self) -> io::Result<File> {
        tempfile::tempfile_in(self.0.folders.root())
    }

    /// Opens content to read it. Blocks.
    ///
    /// # Errors
    /// The disk's; `NotFound` where it is not.
    pub(crate) fn content(&self, id: &UploadId) -> io::Result<Content> {
        let file = File::open(self.0.folders.content(id))?;
        let bytes = file.metadata()?.len();
        Ok(Content {
            file: Arc::new(file),
            bytes,
        })
    }

    /// So many bytes of content from there; fewer only at its end.
    ///
    /// # Errors
    /// The disk's, or too much waits.
    pub(crate) async fn read(&self, content: &Content, offset: u64, bytes_max: usize) -> Result<Bytes, FileError> {
        let content = content.clone();
        let read = self.run(move |_| {
            let left = content.bytes.saturating_sub(offset);
            let wanted = bytes_max.min(usize::try_from(left).unwrap_or(usize::MAX));
            let mut bytes = vec![0; wanted];
            content.file.read_exact_at(&mut bytes, offset)?;
            Ok::<_, io::Error>(Bytes::from(bytes))
        });
        Ok(read.await??)
    }

    /// The folders that hold contents. Blocks.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn leaves(&self) -> io::Result<Vec<String>> {
        self.0.folders.leaves()
    }

    /// What lies in one of them. Blocks.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn found_in(&self, leaf: &str) -> io::Result<Vec<Found>> {
        self.0.folders.found_in(leaf)
    }

    /// Looks how much is free, and gives up or puts by what is kept for bad times. Blocks.
    pub(crate) fn look_at_space(&self) -> Space {
        self.0.reserve.look()
    }
}
