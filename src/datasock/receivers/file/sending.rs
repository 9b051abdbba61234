//! What a connection is given: pieces of its files in turn, as fast as the peer takes them.
//!
//! A task beside the reading, with a bounded number of files. It ends with the connection.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use serde_bytes::Bytes;
use tokio::sync::mpsc::{Receiver, Sender, channel, error::TrySendError};

use super::items::Said;
use crate::datasock::connection::Voice;
use crate::error::Error;
use crate::file::store::Stored;
use crate::file::{Content, Files, Taking};
use crate::wire::ErrorCode;

/// Bytes of one piece: with what may be pending before it, it stays below the bound of the outbox.
const PIECE_BYTES: usize = 64 * 1024;

/// Where the bytes come from.
pub(super) enum Source {
    /// A file that they may read.
    File(Box<Stored>, Content),
    /// One that was sent to them.
    Offer(Box<Taking>),
}

impl Source {
    pub(super) fn file(&self) -> &Stored {
        match self {
            Self::File(file, _) => file,
            Self::Offer(taking) => &taking.file,
        }
    }

    fn content(&self) -> &Content {
        match self {
            Self::File(_, content) => content,
            Self::Offer(taking) => &taking.content,
        }
    }
}

/// A file on its way to the peer.
pub(super) struct Piecewise {
    pub(super) id: u64,
    pub(super) source: Source,
    /// Where the next piece begins.
    pub(super) offset: u64,
}

/// Ids that are being given, and whether that was stopped.
type Open = Rc<RefCell<HashMap<u64, bool>>>;

/// The way to the task that gives.
pub(super) struct Sending {
    files: Sender<Piecewise>,
    open: Open,
    open_max: usize,
}

impl Sending {
    pub(super) fn start(files: Files, voice: Voice, open_max: usize) -> Self {
        let (sender, incoming) = channel(open_max.max(1));
        let open = Open::default();
        let giver = Giver {
            files,
            voice,
            open: Rc::clone(&open),
        };
        drop(actix_rt::spawn(giver.give(incoming)));
        Self {
            files: sender,
            open,
            open_max,
        }
    }

    pub(super) fn has_room(&self, id: u64) -> Result<(), Error> {
        let open = self.open.borrow();
        if open.contains_key(&id) {
            let message = format!("a file is being given under the id {id}");
            return Err(Error::new(ErrorCode::Conflict, message));
        }
        if open.len() >= self.open_max {
            let message = format!(
                "{} files are being given on this connection, which is the most",
                self.open_max
            );
            return Err(Error::new(ErrorCode::NotNow, message));
        }
        Ok(())
    }

    pub(super) fn give(&self, one: Piecewise) -> Result<(), Error> {
        let id = one.id;
        self.open.borrow_mut().insert(id, false);
        self.files.try_send(one).map_err(|err| {
            self.open.borrow_mut().remove(&id);
            match err {
                TrySendError::Full(_) => Error::new(ErrorCode::NotNow, "too many files are being given"),
                TrySendError::Closed(_) => Error::new(ErrorCode::Unavailable, "no more is given on this connection"),
            }
        })
    }

    pub(super) fn stop(&self, id: u64) -> Result<(), Error> {
        match self.open.borrow_mut().get_mut(&id) {
            Some(is_stopped) => {
                *is_stopped = true;
                Ok(())
            }
            None => Err(Error::new(
                ErrorCode::NotFound,
                format!("no file is being given under the id {id}"),
            )),
        }
    }
}

struct Giver {
    files: Files,
    voice: Voice,
    open: Open,
}

impl Giver {
    async fn give(self, mut incoming: Receiver<Piecewise>) {
        let mut turn = std::collections::VecDeque::new();
        loop {
            while let Ok(one) = incoming.try_recv() {
                turn.push_back(one);
            }
            let one = match turn.pop_front() {
                Some(one) => one,
                None => match incoming.recv().await {
                    Some(one) => one,
                    None => return,
                },
            };
            // The peer has gone: what was read of offers is written down as they are dropped.
            if !self.voice.drained().await || incoming.is_closed() {
                return;
            }
            if let Some(one) = self.piece(one).await {
                turn.push_back(one);
            }
        }
    }

    /// The next piece of it; gives it back when there is more.
    async fn piece(&self, mut one: Piecewise) -> Option<Piecewise> {
        let (id, offset) = (one.id, one.offset);
        if self.open.borrow().get(&id).copied().unwrap_or(true) {
            self.open.borrow_mut().remove(&id);
            self.voice.say(&Said::Stopped { id, offset });
            return None;
        }
        let piece = match self.files.piece(one.source.content(), offset, PIECE_BYTES).await {
            Ok(piece) => piece,
            Err(err) => {
                self.open.borrow_mut().remove(&id);
                self.voice.refuse(&Error::from(err), id);
                return None;
            }
        };
        if piece.is_empty() {
            self.open.borrow_mut().remove(&id);
            self.voice.say(&Said::End { id, offset });
            return None;
        }
        self.voice.say(&Said::Chunk {
            id,
            offset,
            data: Bytes::new(&piece),
        });
        one.offset = offset.saturating_add(u64::try_from(piece.len()).unwrap_or(0));
        if let Source::Offer(taking) = &one.source {
            taking.given(one.offset);
        }
        Some(one)
    }
}
