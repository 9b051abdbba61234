//! Files of any kind: sent, kept and given; of people, cars, bookings and rooms.
//!
//! What may be is decided in `rules`, rows are in `store`, contents on the `disk`. An [`Upload`] is the one way in, for every
//! door: it is given bytes where it wants them and becomes a file whole, or not at all.

mod aside;
mod asker;
mod begin;
pub(crate) mod check;
pub(crate) mod commands;
mod disk;
mod error;
mod finishing;
mod lane;
mod offers;
mod refusal;
pub(crate) mod rules;
pub(crate) mod store;
mod sums;
mod sweeping;
#[cfg(test)]
mod tests;
mod upload;
pub(crate) mod view;

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

pub(crate) use aside::Aside;
pub(crate) use asker::{Asker, Whose, name_of};
pub(crate) use begin::{Begun, Wish};
pub(crate) use disk::{Content, Space};
pub(crate) use error::FileError;
pub(crate) use offers::Taking;
pub(crate) use sums::{Sum, compare};
pub(crate) use upload::Upload;

use crate::config::FilesConfig;
use crate::runtime::clock::Clock;
use crate::runtime::metrics::{disk_tight, files_given};
use crate::runtime::{self, AsideError};
use crate::store::change::Change;
use crate::store::{Store, StoreError};
use disk::Disk;
use lane::Lane;
use rules::ids::{FileId, UploadId};
use rules::limits::Limits;
use rules::names::shown;
use rules::rights::Act;
use store::{Listing, Stored, file_by_id, file_delete, file_list, file_rename};

/// Contents that are checked at a time.
const CHECKS_INSIDE_MAX: usize = 1;
/// Those that wait to be; one more hears `busy`.
const CHECKS_WAITING_MAX: usize = 64;

/// Everything about files; cheap to clone.
#[derive(Clone)]
pub(crate) struct Files(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    config: FilesConfig,
    limits: Limits,
    disk: Disk,
    /// Uploads that somebody goes on with, or did lately.
    lanes: Mutex<HashMap<UploadId, Arc<Lane>>>,
    checks: runtime::Aside,
    /// Bytes that are set aside.
    aside_bytes: AtomicU64,
}

impl Files {
    /// Contents lie below that data folder. Blocks for a moment.
    ///
    /// # Errors
    /// When their folder cannot be made.
    pub(crate) fn open(config: &FilesConfig, data: &Path, store: Store, clock: Clock) -> io::Result<Self> {
        let disk = Disk::open(data, config)?;
        if config.enabled {
            disk_tight(disk.look_at_space().is_tight);
        }
        Ok(Self(Arc::new(Inner {
            store,
            clock,
            limits: Limits {
                file_bytes: config.file_bytes,
                account_bytes: config.account_bytes,
                total_bytes: config.total_bytes,
                undeclared_bytes: config.undeclared_bytes,
                uploads_per_account: config.uploads_per_account,
                uploads_max: config.uploads_max,
            },
            config: config.clone(),
            disk,
            lanes: Mutex::default(),
            aside_bytes: AtomicU64::new(0),
            checks: runtime::Aside::new("file-checks", CHECKS_INSIDE_MAX, CHECKS_WAITING_MAX),
        })))
    }

    /// As configured.
    pub(crate) fn config(&self) -> &FilesConfig {
        &self.0.config
    }

    /// Whether files are taken and given.
    ///
    /// # Errors
    /// They are switched off.
    pub(crate) fn is_on(&self) -> Result<(), FileError> {
        if self.0.config.enabled {
            Ok(())
        } else {
            Err(FileError::Off)
        }
    }

    /// A page of somebody's files, newest first.
    pub(crate) async fn list(
        &self,
        asker: Asker,
        whose: Whose,
        name: Option<String>,
        before: Option<FileId>,
        limit: i64,
    ) -> Result<(Vec<Stored>, Option<String>), FileError> {
        self.is_on()?;
        let listed = self.0.store.read(move |conn| {
            let owner = asker.owner(conn, &whose)?;
            asker.may(conn, Act::List, owner, &whose)?;
            let listing = Listing {
                owner,
                name,
                before,
                limit,
            };
            Ok((file_list(conn, &listing)?, name_of(conn, owner)?))
        });
        Ok(listed.await?)
    }

    /// One file, if they may do that with it, and what its owner is called.
    pub(crate) async fn file(&self, asker: Asker, act: Act, id: FileId) -> Result<(Stored, Option<String>), FileError> {
        self.is_on()?;
        let found = self.0.store.read(move |conn| {
            let file = file_by_id(conn, id)?.ok_or_else(|| FileError::NoFile(id).carried())?;
            asker.may_with(conn, act, &file)?;
            let name = name_of(conn, file.owner)?;
            Ok((file, name))
        });
        Ok(found.await?)
    }

    /// A file that they may read, and its content.
    pub(crate) async fn read(&self, asker: Asker, id: FileId) -> Result<(Stored, Content), FileError> {
        let (file, _) = self.file(asker, Act::Get, id).await?;
        let content = self.content_of(&file).await?;
        Ok((file, content))
    }

    async fn content_of(&self, file: &Stored) -> Result<Content, FileError> {
        let id = file.content.clone();
        let opened = self.0.disk.run(move |disk| disk.content(&id)).await?;
        match opened {
            Ok(content) if content.bytes() == file.size => Ok(content),
            Ok(content) => {
                tracing::error!(file.id = %file.id, wanted = file.size, got = content.bytes(), "the content of a file has another length");
                Err(FileError::Missing(file.id))
            }
            Err(err) if err.kind() == io::ErrorKind::NotFound => {
                tracing::error!(file.id = %file.id, "the content of a file is not there");
                Err(FileError::Missing(file.id))
            }
            Err(err) => Err(err.into()),
        }
    }

    /// A piece of content.
    pub(crate) async fn piece(&self, content: &Content, offset: u64, bytes_max: usize) -> Result<Bytes, FileError> {
        let piece = self.0.disk.read(content, offset, bytes_max).await?;
        files_given(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        Ok(piece)
    }

    /// Calls a file something else, as the next version of that name. `answer` makes what a retry hears.
    pub(crate) async fn rename(
        &self,
        asker: Asker,
        id: FileId,
        name: &str,
        change: Change,
        answer: impl FnOnce(&Stored, Option<&str>) -> Option<Vec<u8>> + Send + 'static,
    ) -> Result<(Stored, Option<String>), FileError> {
        self.is_on()?;
        let name = shown(name)?;
        let renamed = self.0.store.write(move |conn| {
            let mut file = file_by_id(conn, id)?.ok_or_else(|| FileError::NoFile(id).carried())?;
            asker.may_with(conn, Act::Rename, &file)?;
            file.version = file_rename(conn, &file, &name)?;
            file.name = name;
            let owner = name_of(conn, file.owner)?;
            let answer = answer(&file, owner.as_deref());
            change.record(conn, &format!("file:{id}"), "ok", None, answer.as_deref())?;
            Ok((file, owner))
        });
        Ok(renamed.await?)
    }

    /// Ends a file. `answer` makes what a retry hears.
    pub(crate) async fn remove(
        &self,
        asker: Asker,
        id: FileId,
        change: Change,
        answer: impl FnOnce(&Stored) -> Option<Vec<u8>> + Send + 'static,
    ) -> Result<Stored, FileError> {
        self.is_on()?;
        let removed = self.0.store.write(move |conn| {
            let file = file_by_id(conn, id)?.ok_or_else(|| FileError::NoFile(id).carried())?;
            asker.may_with(conn, Act::Remove, &file)?;
            file_delete(conn, id)?;
            let answer = answer(&file);
            change.record(conn, &format!("file:{id}"), "ok", None, answer.as_deref())?;
            Ok(file)
        });
        let file = removed.await?;
        self.forget_contents(vec![file.content.clone()]);
        Ok(file)
    }

    /// Contents and parts that no row tells of any more are no more; what cannot be removed now, the next start removes.
    pub(crate) fn forget_contents(&self, contents: Vec<UploadId>) {
        if contents.is_empty() {
            return;
        }
        {
            let mut lanes = self.lanes();
            for id in &contents {
                lanes.remove(id);
            }
        }
        self.0
            .disk
            .leave(move |disk| contents.iter().for_each(|id| disk.remove(id)));
    }

    /// Looks how much of the disk is free.
    pub(crate) async fn look_at_space(&self) -> Result<Space, FileError> {
        let space = self.0.disk.run(Disk::look_at_space).await?;
        disk_tight(space.is_tight);
        Ok(space)
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<UploadId, Arc<Lane>>> {
        // Consistent after every statement, so a panic of another holder does not matter.
        self.0.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn expiry(&self, now: Timestamp) -> Timestamp {
        let hours = i64::try_from(self.0.config.upload_hours).unwrap_or(i64::MAX);
        now.checked_add(SignedDuration::from_hours(hours))
            .unwrap_or(Timestamp::MAX)
    }
}

impl From<AsideError> for FileError {
    fn from(err: AsideError) -> Self {
        match err {
            AsideError::Busy(_) => Self::Busy,
            AsideError::Ended(_) => Self::Broken,
        }
    }
}

/// A row that is not there any more where it just was.
fn gone(id: &UploadId) -> StoreError {
    FileError::NoUpload(id.to_string()).carried()
}
