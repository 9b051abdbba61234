//! `file`: files in and out, many at once on one connection, each under an id of the client's choosing.
//!
//! One chunk is written while the next one is read; a client that is faster waits in its own socket. What it is given goes out
//! piece by piece as it takes it. Decides nothing: an upload and the rights are `crate::file`'s.

mod chunk;
mod items;
mod sending;

use std::collections::HashMap;
use std::sync::Arc;

use ::bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use tokio::task::JoinHandle;

use super::{Connection, Makings, Receiver};
use crate::datasock::FILE;
use crate::datasock::connection::Voice;
use crate::error::Error;
use crate::file::rules::ids::{FileId, OfferId};
use crate::file::rules::rights::Act;
use crate::file::view::FileView;
use crate::file::{Asker, Begun, FileError, Files, Upload, compare};
use crate::registry::Standing;
use crate::runtime::clock::Clock;
use crate::runtime::metrics::files_refused;
use crate::store::change::Change;
use crate::wire::ErrorCode;
use chunk::Chunk;
use items::{Asked, Get, List, Resume, Said};
use sending::{Piecewise, Sending, Source};

/// What an item has beside a chunk: keys, numbers, a name, what is to be checked.
const HEAD_MAX: usize = 4_096;
/// Uploads that one connection may have open; one more is refused with `not_now`.
const UPLOADS_MAX: usize = 256;
/// Files of one answer.
const LIST_MAX: i64 = 50;

/// Takes and gives files.
struct FileReceiver {
    files: Files,
}

pub(super) fn make(makings: &Makings) -> Arc<dyn Receiver> {
    Arc::new(FileReceiver {
        files: makings.files.clone(),
    })
}

impl Receiver for FileReceiver {
    fn name(&self) -> &'static str {
        FILE
    }

    fn admits(&self, standing: &Standing) -> Result<(), Error> {
        self.files.is_on()?;
        Ok(Asker::of(standing).map(drop)?)
    }

    fn serve<'a>(&'a self, connection: &'a mut Connection) -> LocalBoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let bytes_max = self.files.config().chunk_bytes.saturating_add(HEAD_MAX);
            let voice = connection.voice();
            let sending = Sending::start(
                self.files.clone(),
                voice.clone(),
                self.files.config().gets_per_connection,
            );
            let mut desk = Desk {
                files: self.files.clone(),
                standing: Arc::clone(&connection.standing),
                clock: connection.clock.clone(),
                voice,
                uploads: HashMap::new(),
                writing: None,
                sending,
            };
            while let Some(item) = connection.item(bytes_max).await? {
                connection.count(1);
                desk.take(item).await?;
            }
            desk.written().await;
            Ok(())
        })
    }
}

/// What one connection has open.
struct Desk {
    files: Files,
    standing: Arc<Standing>,
    clock: Clock,
    voice: Voice,
    uploads: HashMap<u64, Upload>,
    /// The chunk that is being written; it answers by itself.
    writing: Option<JoinHandle<()>>,
    sending: Sending,
}

impl Desk {
    /// One item. An error ends the connection; a refusal does not.
    async fn take(&mut self, item: Bytes) -> Result<(), Error> {
        let asked = match items::read(&item) {
            Ok(asked) => asked,
            Err(err) if err.code() == ErrorCode::BadFrame => return Err(err),
            Err(err) => {
                self.refuse(&err, items::id_of(&item).unwrap_or_default());
                return Ok(());
            }
        };
        // Rights can be taken away while a connection lasts.
        let asker = Asker::of(&self.standing)?;
        let id = id_of(&asked);
        if let Err(err) = self.answer(asked, asker).await {
            self.refuse(&err, id);
        }
        Ok(())
    }

    fn refuse(&self, err: &Error, id: u64) {
        files_refused(err.code().as_str());
        self.voice.refuse(err, id);
    }

    async fn answer(&mut self, asked: Asked, asker: Asker) -> Result<(), Error> {
        match asked {
            Asked::Chunk(chunk) => self.chunk(chunk).await,
            Asked::Put(put) => {
                let id = put.id;
                self.has_room(id)?;
                let upload = self.files.begin(asker, put.wish()).await?;
                self.hold(id, upload).await;
                Ok(())
            }
            Asked::Resume(resume) => self.resume(resume, asker).await,
            Asked::Finish(finish) => {
                self.written().await;
                let change = self.change("file.put");
                let (file, owner) = self.open(finish.id)?.finish(finish.sha256, change).await?;
                self.uploads.remove(&finish.id);
                let file = FileView::of(&file, owner.as_deref());
                self.voice.say(&Said::Finished { id: finish.id, file });
                Ok(())
            }
            Asked::Abort(only) => {
                self.written().await;
                self.open(only.id)?.abort().await?;
                self.uploads.remove(&only.id);
                self.voice.say(&Said::Aborted { id: only.id });
                Ok(())
            }
            Asked::Get(get) => self.get(get, asker).await,
            Asked::Stop(only) => self.sending.stop(only.id),
            Asked::List(list) => self.list(list, asker).await,
            Asked::Stat(of) => {
                let (file, owner) = self.files.file(asker, Act::List, FileId(of.file)).await?;
                let file = FileView::of(&file, owner.as_deref());
                self.voice.say(&Said::Stat { id: of.id, file });
                Ok(())
            }
            Asked::Rename(of) => {
                let change = self.change("file.rename");
                let renamed = self.files.rename(asker, FileId(of.file), &of.name, change, |_, _| None);
                let (file, owner) = renamed.await?;
                let file = FileView::of(&file, owner.as_deref());
                self.voice.say(&Said::Renamed { id: of.id, file });
                Ok(())
            }
            Asked::Delete(of) => {
                let change = self.change("file.delete");
                self.files.remove(asker, FileId(of.file), change, |_| None).await?;
                self.voice.say(&Said::Deleted {
                    id: of.id,
                    file: of.file,
                });
                Ok(())
            }
        }
    }

    /// Goes on with an upload, or says again what became of it.
    async fn resume(&mut self, resume: Resume, asker: Asker) -> Result<(), Error> {
        self.has_room(resume.id)?;
        match self.files.resume(asker, &resume.upload).await? {
            Begun::Upload(upload) => self.hold(resume.id, upload).await,
            Begun::Done(done) => {
                let (file, owner) = *done;
                self.voice.say(&Said::Put {
                    id: resume.id,
                    upload: file.content.to_string(),
                    offset: file.size,
                    chunk_bytes: self.files.config().chunk_bytes,
                    expires_at: None,
                    file: Some(FileView::of(&file, owner.as_deref())),
                });
            }
        }
        Ok(())
    }

    /// Writes a chunk beside reading the next one.
    async fn chunk(&mut self, chunk: Chunk) -> Result<(), Error> {
        let Chunk {
            id,
            offset,
            data,
            crc32,
        } = chunk;
        self.written().await;
        let upload = self.open(id)?.clone();
        if let Some(wanted) = crc32 {
            let got = crc32fast::hash(&data);
            let held = upload.held().await;
            compare(
                "the CRC-32 of this chunk",
                &got.to_be_bytes(),
                &wanted.to_be_bytes(),
                held,
            )?;
        }
        let voice = self.voice.clone();
        self.writing = Some(actix_rt::spawn(async move {
            match upload.write(offset, data).await {
                Ok(offset) => voice.say(&Said::Held { id, offset }),
                Err(err) => {
                    let err = Error::from(err);
                    files_refused(err.code().as_str());
                    voice.refuse(&err, id);
                }
            }
        }));
        Ok(())
    }

    /// Waits until the chunk before is written and answered.
    async fn written(&mut self) {
        if let Some(writing) = self.writing.take() {
            drop(writing.await);
        }
    }

    async fn get(&mut self, get: Get, asker: Asker) -> Result<(), Error> {
        self.sending.has_room(get.id)?;
        let offset = get.offset.unwrap_or(0);
        let source = match (get.file, get.offer) {
            (Some(file), None) => {
                let (file, content) = self.files.read(asker, FileId(file)).await?;
                Source::File(Box::new(file), content)
            }
            (None, Some(offer)) => Source::Offer(Box::new(self.files.take(&asker, OfferId(offer)).await?)),
            _ => return Err(Error::new(ErrorCode::BadArguments, "wanted one of `file` and `offer`")),
        };
        let size = source.file().size;
        if offset > size {
            let message = format!("`offset` is {offset}, wanted at most {size}");
            return Err(Error::new(ErrorCode::BadArguments, message));
        }
        self.voice.say(&Said::Get {
            id: get.id,
            file: FileView::of(source.file(), None),
            offset,
        });
        self.sending.give(Piecewise {
            id: get.id,
            source,
            offset,
        })
    }

    async fn list(&mut self, mut list: List, asker: Asker) -> Result<(), Error> {
        let (whose, before) = (list.whose(), list.before.map(FileId));
        let (files, owner) = self.files.list(asker, whose, list.name, before, LIST_MAX).await?;
        let files = files.iter().map(|file| FileView::of(file, owner.as_deref())).collect();
        self.voice.say(&Said::List { id: list.id, files });
        Ok(())
    }

    async fn hold(&mut self, id: u64, upload: Upload) {
        self.voice.say(&Said::Put {
            id,
            upload: upload.id().to_string(),
            offset: upload.held().await,
            chunk_bytes: self.files.config().chunk_bytes,
            expires_at: Some(upload.expires_at().to_string()),
            file: None,
        });
        self.uploads.insert(id, upload);
    }

    fn has_room(&self, id: u64) -> Result<(), Error> {
        if self.uploads.contains_key(&id) {
            let message = format!("an upload is open under the id {id}");
            return Err(Error::new(ErrorCode::Conflict, message));
        }
        if self.uploads.len() >= UPLOADS_MAX {
            let message = format!("{UPLOADS_MAX} uploads are open on this connection, which is the most");
            return Err(Error::new(ErrorCode::NotNow, message));
        }
        Ok(())
    }

    fn open(&self, id: u64) -> Result<&Upload, FileError> {
        self.uploads
            .get(&id)
            .ok_or_else(|| FileError::NoUpload(format!("id {id}")))
    }

    fn change(&self, what: &'static str) -> Change {
        Change {
            at: self.clock.now(),
            who: self.standing.who(),
            what: what.to_owned(),
            request: None,
        }
    }
}

fn id_of(asked: &Asked) -> u64 {
    match asked {
        Asked::Put(put) => put.id,
        Asked::Resume(resume) => resume.id,
        Asked::Chunk(chunk) => chunk.id,
        Asked::Finish(finish) => finish.id,
        Asked::Abort(only) | Asked::Stop(only) => only.id,
        Asked::Get(get) => get.id,
        Asked::List(list) => list.id,
        Asked::Stat(of) | Asked::Delete(of) => of.id,
        Asked::Rename(of) => of.id,
    }
}
