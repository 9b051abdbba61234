//! One connection as a receiver sees it: bytes in, frames out, who is at the other end.
//!
//! It reads no more while the peer does not take what it was told, and ends when its outbox is closed.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use ::bytes::{Bytes, BytesMut};
use serde::Serialize;
use tokio_util::codec::Decoder;

use super::tally::Tally;
use crate::error::Error;
use crate::registry::Standing;
use crate::registry::peer::Peer;
use crate::runtime::clock::Clock;
use crate::wire::{self, CodecError, ErrorCode, FrameCodec};

/// Where the bytes come from; plain or not is nobody's business here.
pub(crate) trait Incoming {
    /// Appends what has come; 0 bytes at the end.
    fn poll_more(&mut self, cx: &mut Context<'_>, buffer: &mut BytesMut) -> Poll<io::Result<usize>>;
}

/// An attached connection.
pub(crate) struct Connection {
    /// Who attached.
    pub(crate) standing: Arc<Standing>,
    /// The time.
    pub(crate) clock: Clock,
    peer: Peer,
    incoming: Box<dyn Incoming>,
    buffer: BytesMut,
    tally: Arc<Tally>,
}

impl Connection {
    pub(crate) fn new(
        standing: Arc<Standing>,
        peer: Peer,
        clock: Clock,
        incoming: Box<dyn Incoming>,
        tally: Arc<Tally>,
    ) -> Self {
        Self {
            standing,
            clock,
            peer,
            incoming,
            buffer: BytesMut::new(),
            tally,
        }
    }

    /// Waits for bytes and appends them to the buffer; `false` when no more come.
    ///
    /// # Errors
    /// None that a peer could cause: a connection that fails has ended.
    pub(crate) async fn more(&mut self) -> Result<bool, Error> {
        let outbox = self.peer.outbox();
        while outbox.is_over_soft_limit() && outbox.closed().is_none() {
            outbox.drained().await;
        }
        let (incoming, buffer) = (&mut self.incoming, &mut self.buffer);
        let read = tokio::select! {
            biased;
            _ = outbox.closing() => Ok(0),
            read = poll_fn(|cx| incoming.poll_more(cx, buffer)) => read,
        };
        let bytes = read.unwrap_or_default();
        if bytes > 0 {
            self.tally.count(0, bytes);
        }
        Ok(bytes > 0)
    }

    /// What has come and was not taken yet.
    pub(crate) fn buffer(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// The next item with its length before it; `None` when no more come.
    ///
    /// # Errors
    /// `too_large` as soon as a longer one is announced.
    pub(crate) async fn item(&mut self, bytes_max: usize) -> Result<Option<Bytes>, Error> {
        let mut codec = FrameCodec::new(bytes_max);
        loop {
            match codec.decode(&mut self.buffer) {
                Ok(Some(item)) => return Ok(Some(item)),
                Ok(None) => {}
                Err(err @ CodecError::TooLarge { .. }) => {
                    return Err(Error::new(ErrorCode::TooLarge, err.to_string()));
                }
                Err(CodecError::Io(_)) => return Ok(None),
            }
            if !self.more().await? {
                return Ok(None);
            }
        }
    }

    /// Counts frames, in whatever the receiver takes for one.
    pub(crate) fn count(&self, frames: u64) {
        self.tally.count(frames, 0);
    }

    /// A way to talk to the peer beside reading from it.
    pub(crate) fn voice(&self) -> Voice {
        Voice(self.peer.clone())
    }

    /// Tells the peer something: one item with its length before it.
    pub(crate) fn say(&self, item: &impl Serialize) {
        say(&self.peer, item);
    }

    /// Refuses one thing and goes on.
    pub(crate) fn refuse(&self, err: &Error, id: u64) {
        drop(self.peer.push(&err.to_frame(Some(id))));
    }
}

/// The talking half of a connection; cheap to clone.
#[derive(Clone)]
pub(crate) struct Voice(Peer);

impl Voice {
    /// As [`Connection::say`].
    pub(crate) fn say(&self, item: &impl Serialize) {
        say(&self.0, item);
    }

    /// As [`Connection::refuse`].
    pub(crate) fn refuse(&self, err: &Error, id: u64) {
        drop(self.0.push(&err.to_frame(Some(id))));
    }

    /// Waits until the peer has taken most of what it was told; `false` when it takes no more.
    pub(crate) async fn drained(&self) -> bool {
        let outbox = self.0.outbox();
        while outbox.is_over_soft_limit() && outbox.closed().is_none() {
            outbox.drained().await;
        }
        outbox.closed().is_none()
    }
}

fn say(peer: &Peer, item: &impl Serialize) {
    match wire::to_cbor(item).map(|item| (u32::try_from(item.len()), item)) {
        Ok((Ok(length), item)) => {
            // A peer that is gone or lags is found out by its writer.
            drop(peer.outbox().push_with(|out| {
                out.extend_from_slice(&length.to_be_bytes());
                out.extend_from_slice(&item);
            }));
        }
        Ok((Err(_), _)) | Err(_) => tracing::error!("an item of ours could not be encoded"),
    }
}
