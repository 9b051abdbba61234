//! An upload in the hand of who goes on with it: bytes in, a file out.
//!
//! What counts has been given to the system; it is flushed at intervals and when its sender goes. Each step is a task of its own:
//! a sender who goes in the middle of one does not stop it half-way.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use super::disk::{Hasher, Part};
use super::lane::{Hold, Lane, LaneState};
use super::rules::ids::UploadId;
use super::rules::upload::{Course, Phase};
use super::store::{Stored, UploadRow, upload_delete, upload_synced};
use super::{Asker, FileError, Files};
use crate::runtime::metrics::{files_received, upload_ended};
use crate::store::change::Change;

/// An upload that somebody goes on with. When the last clone is dropped it is put aside, to be gone on with.
#[derive(Clone)]
pub(crate) struct Upload(Arc<Holder>);

/// One turn of somebody.
pub(super) struct Holder {
    pub(super) files: Files,
    pub(super) lane: Arc<Lane>,
    turn: u64,
    /// Who sends it.
    pub(super) asker: Asker,
}

/// Where to come back to.
pub(crate) struct Mark(Hasher);

impl Upload {
    pub(super) fn new(files: Files, lane: Arc<Lane>, asker: Asker) -> Self {
        let turn = lane.hold();
        Self(Arc::new(Holder {
            files,
            lane,
            turn,
            asker,
        }))
    }

    /// Its id.
    pub(crate) fn id(&self) -> &UploadId {
        self.0.id()
    }

    /// As it was declared.
    pub(crate) fn row(&self) -> &UploadRow {
        &self.0.lane.row
    }

    /// Until when it may be gone on with, if nothing more comes.
    pub(crate) fn expires_at(&self) -> Timestamp {
        self.0.expires_at()
    }

    /// Up to where everything has come.
    pub(crate) async fn held(&self) -> u64 {
        self.0.lane.state.lock().await.course.held()
    }

    /// Whether nothing is missing.
    pub(crate) async fn is_full(&self) -> bool {
        self.0.lane.state.lock().await.course.is_full()
    }

    /// Looks how much of it is on the disk.
    pub(super) async fn look_at_disk(&self) -> Result<(), FileError> {
        self.apart(|holder| async move {
            let mut state = holder.lane.state.lock().await;
            holder.is_mine()?;
            let part = holder.part(&mut state).await?;
            state.hold = Hold::Open(part);
            Ok(())
        })
        .await
    }

    /// Adds bytes at an offset; gives up to where everything has come then.
    ///
    /// # Errors
    /// `Misfit` with the wanted offset, `Replaced`, `Full`; nothing of the bytes counts then.
    pub(crate) async fn write(&self, offset: u64, bytes: Bytes) -> Result<u64, FileError> {
        self.apart(move |holder| async move { holder.write(offset, bytes).await })
            .await
    }

    /// The place to come back to if what follows turns out wrong.
    ///
    /// # Errors
    /// `Replaced`, or the disk's.
    pub(crate) async fn mark(&self) -> Result<Mark, FileError> {
        self.apart(|holder| async move {
            let mut state = holder.lane.state.lock().await;
            holder.is_mine()?;
            let part = holder.part(&mut state).await?;
            let mark = Mark(part.hasher().clone());
            state.hold = Hold::Open(part);
            Ok(mark)
        })
        .await
    }

    /// What came since the mark does not count.
    ///
    /// # Errors
    /// `Replaced`, or the disk's.
    pub(crate) async fn back_to(&self, mark: Mark) -> Result<u64, FileError> {
        self.apart(move |holder| async move { holder.back_to(mark).await })
            .await
    }

    /// Makes a file of it. `sha256` is what it hashes to, for who knows only now.
    ///
    /// # Errors
    /// `Misfit` when bytes are missing: the upload stays. `Hash` and `Check` end it, since nobody knows which bytes are wrong.
    pub(crate) async fn finish(
        &self,
        sha256: Option<String>,
        change: Change,
    ) -> Result<(Stored, Option<String>), FileError> {
        self.apart(move |holder| async move { holder.finish(sha256, change).await })
            .await
    }

    /// Lets the upload go; its room is free at once.
    ///
    /// # Errors
    /// `Replaced`.
    pub(crate) async fn abort(&self) -> Result<(), FileError> {
        self.apart(|holder| async move {
            let mut state = holder.lane.state.lock().await;
            holder.is_mine()?;
            holder.let_go(&mut state, "aborted").await;
            Ok(())
        })
        .await
    }

    /// Does a step to its end, whether somebody waits for it or not.
    async fn apart<T, F>(&self, step: impl FnOnce(Arc<Holder>) -> F) -> Result<T, FileError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, FileError>> + Send + 'static,
    {
        let stepped = tokio::spawn(step(Arc::clone(&self.0)));
        stepped.await.map_err(|_| FileError::Broken)?
    }
}

impl Holder {
    pub(super) fn id(&self) -> &UploadId {
        &self.lane.row.id
    }

    fn expires_at(&self) -> Timestamp {
        self.files.expiry(self.files.0.clock.now())
    }

    pub(super) fn is_mine(&self) -> Result<(), FileError> {
        if self.lane.is_held_by(self.turn) {
            Ok(())
        } else {
            Err(FileError::Replaced)
        }
    }

    /// The part to write to, however it was held. The course knows then what is on the disk.
    pub(super) async fn part(&self, state: &mut LaneState) -> Result<Box<Part>, FileError> {
        let (id, row) = (self.id().clone(), &self.lane.row);
        let believed = if state.is_known {
            state.course.held()
        } else if row.boot == self.files.0.disk.boot() {
            // Within one run of the machine what was written is there, flushed or not.
            u64::MAX
        } else {
            row.synced
        };
        let hold = state.take();
        let opened = self.files.0.disk.run(move |disk| match hold {
            Hold::Open(part) => Ok(part),
            Hold::Parked(hasher) => {
                let again = disk.part_file(&id).and_then(|file| Part::again(file, *hasher));
                again.or_else(|_| disk.part(&id, believed)).map(Box::new)
            }
            Hold::Closed => disk.part(&id, believed).map(Box::new),
        });
        let part = opened.await??;
        if state.is_known {
            state.course.back_to(part.held());
        } else {
            state.course = Course::new(row.size, row.is_declared, part.held(), self.expires_at());
            state.is_known = true;
        }
        Ok(part)
    }

    async fn write(&self, offset: u64, bytes: Bytes) -> Result<u64, FileError> {
        let mut state = self.lane.state.lock().await;
        self.is_mine()?;
        let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        state.course.fits(offset, count, self.files.0.clock.now())?;
        let mut part = self.part(&mut state).await?;
        // It may have come back shorter than it was.
        if state.course.held() != offset {
            state.hold = Hold::Open(part);
            state.course.fits(offset, count, self.files.0.clock.now())?;
            return Err(FileError::Broken);
        }
        let worked = self.files.0.disk.run(move |disk| {
            let appended = disk.append(&mut part, &bytes);
            (part, appended)
        });
        let (part, appended) = worked.await?;
        state.hold = Hold::Open(part);
        if let Some(synced) = appended? {
            note(&self.files, self.id().clone(), synced);
        }
        state.course.took(count, self.expires_at());
        files_received(count);
        Ok(state.course.held())
    }

    async fn back_to(&self, Mark(hasher): Mark) -> Result<u64, FileError> {
        let mut state = self.lane.state.lock().await;
        self.is_mine()?;
        let mut part = self.part(&mut state).await?;
        let worked = self.files.0.disk.run(move |_| {
            let back = part.back_to(hasher);
            (part, back)
        });
        let (part, back) = worked.await?;
        state.course.back_to(part.held());
        state.hold = Hold::Open(part);
        back?;
        Ok(state.course.held())
    }

    /// The upload is over without a file; its room is free at once.
    pub(super) async fn let_go(&self, state: &mut LaneState, outcome: &'static str) {
        state.course.abort();
        state.hold = Hold::Closed;
        let id = self.id().clone();
        match self.files.0.store.write(move |conn| upload_delete(conn, &id)).await {
            // What stays in the store is let go when its time is over.
            Err(err) => tracing::warn!(%err, "an upload that is over could not be let go"),
            Ok(_) => {
                self.files.forget_contents(vec![self.id().clone()]);
                upload_ended(outcome);
            }
        }
    }
}

/// Writes down up to where an upload is on the disk; nobody waits for that.
fn note(files: &Files, id: UploadId, synced: u64) {
    let expires_at = files.expiry(files.0.clock.now()).as_microsecond();
    let boot = files.0.disk.boot().to_owned();
    let noted = files
        .0
        .store
        .submit(move |conn| upload_synced(conn, &id, synced, &boot, expires_at));
    // Lost when the store is busy: the next one says more.
    drop(noted);
}

impl Drop for Holder {
    /// Whoever held it is gone: what came is flushed, and the file closed.
    fn drop(&mut self) {
        if self.is_mine().is_err() {
            return;
        }
        let (files, lane, turn) = (self.files.clone(), Arc::clone(&self.lane), self.turn);
        let inside = files.clone();
        files.0.disk.leave(move |_| {
            let Ok(mut state) = lane.state.try_lock() else { return };
            if !lane.is_held_by(turn) || state.course.phase() != Phase::Open {
                return;
            }
            state.hold = match state.take() {
                Hold::Open(mut part) => {
                    if part.sync().is_ok() {
                        note(&inside, lane.row.id.clone(), part.held());
                    }
                    Hold::Parked(Box::new(part.hasher().clone()))
                }
                other => other,
            };
        });
    }
}
