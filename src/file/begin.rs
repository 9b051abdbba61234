//! How an upload begins, and how one is gone on with.

use std::sync::Arc;

use super::check::Wanted;
use super::lane::Lane;
use super::rules::ids::UploadId;
use super::rules::names::shown;
use super::rules::rights::Act;
use super::rules::upload::Misfit;
use super::store::{
    Stored, UploadRow, file_by_content, upload_by_id, upload_delete, upload_insert, upload_list, usage,
};
use super::sums::digits_of;
use super::{Asker, FileError, Files, Upload, Whose, name_of};
use crate::runtime::metrics::upload_ended;
use crate::store::change::Change;

/// Longest declared type in bytes.
const KIND_BYTES_MAX: usize = 127;
/// Uploads that are listed, as many as fit into a frame.
const LIST_MAX: i64 = 128;

/// A file that somebody wants to send.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wish {
    /// What it is called.
    pub(crate) name: String,
    /// Its size, where that is known.
    pub(crate) size: Option<u64>,
    /// What it hashes to, in hexadecimal digits, where that is known.
    pub(crate) sha256: Option<String>,
    /// Whose it will be.
    pub(crate) whose: Whose,
    /// Its type, as `text/csv`.
    pub(crate) kind: Option<String>,
    /// What is to be looked at when it has come.
    pub(crate) check: Option<Wanted>,
}

/// What came of going on.
pub(crate) enum Begun {
    /// It is to be filled.
    Upload(Upload),
    /// It is a file already: the answer to its end was lost.
    Done(Box<(Stored, Option<String>)>),
}

impl Files {
    /// Begins an upload; its room is reserved when this returns.
    ///
    /// # Errors
    /// What does not fit: names, rights, room, disk.
    pub(crate) async fn begin(&self, asker: Asker, wish: Wish) -> Result<Upload, FileError> {
        self.is_on()?;
        let name = shown(&wish.name)?;
        let sha256 = wish.sha256.map(|text| digits_of(&text)).transpose()?;
        let kind = wish.kind.map(kind_of).transpose()?;
        let wanted = wish.check.map(|check| check.is_possible().map(|()| check)).transpose();
        let wanted = wanted.map_err(FileError::NoCheck)?;
        let declared = wish.size;
        self.0.limits.fits(declared)?;
        if let Some(size) = declared
            && !self.0.disk.run(move |disk| disk.has_room_for(size)).await?
        {
            return Err(FileError::Full);
        }
        let random = uuid::Uuid::new_v4().as_u128();
        let now = self.0.clock.now();
        let (expires_at, limits) = (self.expiry(now).as_microsecond(), self.0.limits);
        let (boot, whose, sender) = (self.0.disk.boot().to_owned(), wish.whose, asker.clone());
        let begun = self.0.store.write(move |conn| {
            let owner = sender.owner(conn, &whose)?;
            sender.may(conn, Act::Put, owner, &whose)?;
            let taken = usage(conn, &sender.who)?;
            let size = limits
                .reserve(declared, &taken)
                .map_err(|err| FileError::from(err).carried())?;
            let row = UploadRow {
                id: UploadId::of_random(random),
                owner,
                name,
                size,
                is_declared: declared.is_some(),
                sha256,
                kind,
                wanted: wanted.and_then(|wanted| serde_json::to_string(&wanted).ok()),
                sender: sender.who.clone(),
                synced: 0,
                boot,
                made_at: now.as_microsecond(),
                expires_at,
            };
            upload_insert(conn, &row)?;
            Ok(row)
        });
        let row = begun.await?;
        let lane = Arc::new(Lane::new(row.clone(), true));
        self.lanes().insert(row.id, Arc::clone(&lane));
        Ok(Upload::new(self.clone(), lane, asker))
    }

    /// Goes on with an upload of theirs, from where it is on the disk.
    ///
    /// # Errors
    /// `NoUpload` when there is none, or the disk's.
    pub(crate) async fn resume(&self, asker: Asker, id: &str) -> Result<Begun, FileError> {
        self.is_on()?;
        let id = UploadId::read(id).ok_or_else(|| no_upload(id))?;
        let wanted = id.clone();
        let found = self.0.store.read(move |conn| {
            let done = match file_by_content(conn, &wanted)? {
                Some(file) => {
                    let owner = name_of(conn, file.owner)?;
                    Some((file, owner))
                }
                None => None,
            };
            Ok((upload_by_id(conn, &wanted)?, done))
        });
        let (row, done) = found.await?;
        if let Some(done) = done.filter(|(file, _)| file.sender == asker.who) {
            return Ok(Begun::Done(Box::new(done)));
        }
        let row = row.filter(|row| row.sender == asker.who);
        let row = row.ok_or_else(|| no_upload(&id.to_string()))?;
        if row.expires_at <= self.0.clock.now().as_microsecond() {
            return Err(Misfit::Over("its time has passed").into());
        }
        let lane = {
            let mut lanes = self.lanes();
            Arc::clone(lanes.entry(id).or_insert_with(|| Arc::new(Lane::new(row, false))))
        };
        let upload = Upload::new(self.clone(), lane, asker);
        upload.look_at_disk().await?;
        Ok(Begun::Upload(upload))
    }
}

impl Files {
    /// What somebody has on its way, oldest first.
    pub(crate) async fn uploads(&self, asker: Asker) -> Result<Vec<UploadRow>, FileError> {
        self.is_on()?;
        let listed = self.0.store.read(move |conn| upload_list(conn, &asker.who, LIST_MAX));
        Ok(listed.await?)
    }

    /// Lets an upload of theirs go, whoever goes on with it. `answer` makes what a retry hears.
    pub(crate) async fn abort(
        &self,
        asker: Asker,
        id: &str,
        change: Change,
        answer: impl FnOnce(&UploadId) -> Option<Vec<u8>> + Send + 'static,
    ) -> Result<UploadId, FileError> {
        self.is_on()?;
        let id = UploadId::read(id).ok_or_else(|| no_upload(id))?;
        let lane = self.lanes().get(&id).cloned();
        if let Some(lane) = lane.filter(|lane| lane.row.sender == asker.who) {
            // Who goes on with it hears so; what is being written ends first.
            lane.hold();
            lane.state.lock().await.course.abort();
        }
        let aborted = self.0.store.write(move |conn| {
            let row = upload_by_id(conn, &id)?.filter(|row| row.sender == asker.who);
            let row = row.ok_or_else(|| no_upload(&id.to_string()).carried())?;
            upload_delete(conn, &row.id)?;
            let answer = answer(&row.id);
            change.record(conn, "upload", "ok", Some(row.id.to_string()), answer.as_deref())?;
            Ok(row.id)
        });
        let id = aborted.await?;
        self.forget_contents(vec![id.clone()]);
        upload_ended("aborted");
        Ok(id)
    }
}

/// What was named is none of theirs.
fn no_upload(id: &str) -> FileError {
    FileError::NoUpload(id.chars().take(64).flat_map(char::escape_debug).collect())
}

fn kind_of(text: String) -> Result<String, FileError> {
    let is_one = (1..=KIND_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if is_one {
        Ok(text)
    } else {
        Err(FileError::NoCheck(format!(
            "`type` is not 1 to {KIND_BYTES_MAX} visible ASCII letters, such as text/csv"
        )))
    }
}
