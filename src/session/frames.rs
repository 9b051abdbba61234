//! Frames of one connection as a stream of batches that stops reading when the session is over its budget.
//!
//! Buffers are made when bytes come and given back when there are none: an idle connection holds no buffer.
//! Dropped before the peer has ended, it reads on for a moment, so that our last words are not lost to a reset.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use tokio::io::AsyncReadExt;
use tokio_util::codec::Decoder;
use tokio_util::io::poll_read_buf;

use super::room::{Budget, Room};
use crate::datasock::connection::Incoming;
use crate::datasock::tally::Tally;
use crate::runtime::Outbox;
use crate::runtime::metrics::ConnectionMeters;
use crate::tls::ReadHalf;
use crate::wire::{CodecError, FrameCodec};

/// Room for a usual batch, made when there is one.
const BATCH_FRAMES_FIRST: usize = 16;
/// Room made for each read.
const READ_STEP_BYTES: usize = 16 * 1024;
/// How long a closed connection is still read, so that the peer gets what we sent last.
const LINGER_MAX: Duration = Duration::from_secs(2);
/// How much of what it sends is thrown away meanwhile.
const LINGER_BYTES_MAX: usize = 1024 * 1024;

/// The reading half of a connection.
pub(crate) struct Frames {
    read: Option<ReadHalf>,
    codec: FrameCodec,
    buffer: BytesMut,
    room: Room,
    fault: Option<CodecError>,
    ended: bool,
    meters: ConnectionMeters,
    tally: Option<Arc<Tally>>,
}

impl Frames {
    /// Reads frames of at most so many bytes.
    pub(crate) fn new(read: ReadHalf, frame_bytes_max: usize, meters: ConnectionMeters) -> Self {
        Self {
            read: Some(read),
            codec: FrameCodec::new(frame_bytes_max),
            buffer: BytesMut::new(),
            room: Room::default(),
            fault: None,
            ended: false,
            meters,
            tally: None,
        }
    }

    /// From now on what comes counts for a datasock too.
    pub(crate) fn count_for(&mut self, tally: Arc<Tally>) {
        self.tally = Some(tally);
    }

    fn count(&self, frames: u64, bytes: usize) {
        self.meters.received(frames, bytes);
        if let Some(tally) = &self.tally {
            tally.count(frames, bytes);
        }
    }

    /// After the handshake: larger frames, and a budget.
    pub(crate) fn admit(&mut self, frame_bytes_max: usize, outbox: Outbox, budget: Rc<Budget>) {
        self.codec.set_frame_bytes_max(frame_bytes_max);
        self.room = Room::new(outbox, budget);
    }

    /// The first frame alone; what follows it stays for the stream.
    pub(crate) async fn first(&mut self) -> Result<Option<Bytes>, CodecError> {
        std::future::poll_fn(|cx| {
            loop {
                if let Some(item) = self.codec.decode(&mut self.buffer)? {
                    self.meters.received(1, 0);
                    return Poll::Ready(Ok(Some(item)));
                }
                if self.ended {
                    return Poll::Ready(Ok(None));
                }
                ready!(self.poll_fill(cx))?;
            }
        })
        .await
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CodecError>> {
        let Some(read) = self.read.as_mut() else {
            self.ended = true;
            return Poll::Ready(Ok(()));
        };
        self.buffer.reserve(READ_STEP_BYTES);
        match poll_read_buf(Pin::new(read), cx, &mut self.buffer) {
            Poll::Pending => {
                if self.buffer.is_empty() {
                    self.buffer = BytesMut::new();
                }
                Poll::Pending
            }
            Poll::Ready(Ok(0)) => {
                self.ended = true;
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Ok(bytes)) => {
                self.count(0, bytes);
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(err)) => {
                self.ended = true;
                Poll::Ready(Err(err.into()))
            }
        }
    }
}

impl Stream for Frames {
    type Item = Result<Vec<Bytes>, CodecError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let room = ready!(this.room.poll(cx));
        loop {
            if let Some(fault) = this.fault.take() {
                return Poll::Ready(Some(Err(fault)));
            }
            let mut batch = Vec::new();
            while batch.len() < room {
                match this.codec.decode(&mut this.buffer) {
                    Ok(Some(item)) => {
                        if batch.capacity() == 0 {
                            batch.reserve(BATCH_FRAMES_FIRST);
                        }
                        batch.push(item);
                    }
                    Ok(None) => break,
                    // What came before the fault is still answered.
                    Err(fault) => {
                        this.fault = Some(fault);
                        break;
                    }
                }
            }
            if !batch.is_empty() {
                this.count(u64::try_from(batch.len()).unwrap_or(u64::MAX), 0);
                return Poll::Ready(Some(Ok(batch)));
            }
            if this.fault.is_some() {
                continue;
            }
            if this.ended {
                return Poll::Ready(None);
            }
            if let Err(err) = ready!(this.poll_fill(cx)) {
                return Poll::Ready(Some(Err(err)));
            }
        }
    }
}

impl Incoming for Frames {
    fn poll_more(&mut self, cx: &mut Context<'_>, buffer: &mut BytesMut) -> Poll<io::Result<usize>> {
        // What came behind the first frame is here already.
        if self.buffer.is_empty()
            && !self.ended
            && let Err(CodecError::Io(err)) = ready!(self.poll_fill(cx))
        {
            return Poll::Ready(Err(err));
        }
        let bytes = self.buffer.len();
        if buffer.is_empty() {
            std::mem::swap(buffer, &mut self.buffer);
        } else {
            buffer.extend_from_slice(&self.buffer);
            self.buffer.clear();
        }
        Poll::Ready(Ok(bytes))
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        if let Some(read) = self.read.take() {
            let_go(read);
        }
    }
}

/// Reads on for a moment where the peer has not ended, so that our last words are not lost to a reset.
pub(crate) fn let_go(read: ReadHalf) {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        drop(runtime.spawn(linger(read)));
    }
}

/// Closing a socket with unread bytes resets it, and a reset overtakes the error frame we just sent.
async fn linger(mut read: ReadHalf) {
    let discard = async {
        let mut scrap = vec![0; 4096];
        let mut bytes_left = LINGER_BYTES_MAX;
        while let Ok(bytes @ 1..) = read.read(&mut scrap).await {
            bytes_left = bytes_left.saturating_sub(bytes);
            if bytes_left == 0 {
                break;
            }
        }
    };
    drop(tokio::time::timeout(LINGER_MAX, discard).await);
}
