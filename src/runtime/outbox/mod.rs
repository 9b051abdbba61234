//! Bytes to one peer, bounded by bytes. A peer that does not read is cut off, never buffered for.
//!
//! Pushing never waits: frames are appended to one buffer, and whoever writes takes all of it at a time, so that many
//! frames cost one write. Who has much to say at once writes to the socket itself, as far as it takes bytes; the
//! writer waits for the rest. An idle outbox holds no memory. It knows bytes and limits, not what a frame is.

mod shared;
mod writer;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncWrite;

use super::close::CloseReason;
use shared::Shared;
use writer::Writer;

/// Bounds of an outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxLimits {
    /// Above this many bytes pending, the session stops reading from its peer.
    pub soft_bytes: usize,
    /// Pending bytes never exceed this: the frame that would closes the outbox as lagged.
    pub hard_bytes: usize,
    /// A peer that takes no byte for so long is cut off.
    pub stall_max: Duration,
    /// After closing, what is queued may take this long to be written.
    pub flush_max: Duration,
}

/// Why a frame was not queued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboxError {
    /// This frame would have passed the bound; the outbox is now closed.
    #[error("peer lags: {pending} bytes pending, at most {bound}")]
    Lagged {
        /// Bytes pending, this frame included.
        pending: usize,
        /// The bound.
        bound: usize,
    },
    /// It was closed before.
    #[error("outbox closed: {0}")]
    Closed(CloseReason),
}

/// The pushing end; clones push to the same peer. When the last is dropped the outbox closes.
#[derive(Debug, Clone)]
pub struct Outbox(Arc<Pushers>);

#[derive(Debug)]
struct Pushers(Arc<Shared>);

/// Makes an outbox and the writer that drains it into `sink`; the writer ends with the reason of the end.
pub fn outbox<W>(sink: W, limits: OutboxLimits) -> (Outbox, impl Future<Output = CloseReason>)
where
    W: AsyncWrite + Send + Unpin + 'static,
{
    outbox_with_farewell(sink, limits, |_| None)
}

/// As [`outbox`]; `farewell` makes the last frame for a reason when [`Outbox::close_with`] gave none.
pub fn outbox_with_farewell<W>(
    sink: W,
    limits: OutboxLimits,
    farewell: impl FnOnce(&CloseReason) -> Option<Bytes>,
) -> (Outbox, impl Future<Output = CloseReason>)
where
    W: AsyncWrite + Send + Unpin + 'static,
{
    let shared = Arc::new(Shared::new(Box::new(sink), limits));
    let outbox = Outbox(Arc::new(Pushers(Arc::clone(&shared))));
    (outbox, writer::write(Writer(shared), farewell))
}

impl Outbox {
    /// Appends one encoded frame.
    ///
    /// # Errors
    /// See [`OutboxError`]; the frame that would pass the bound closes the outbox.
    pub fn push(&self, frame: &[u8]) -> Result<(), OutboxError> {
        self.push_with(|queued| queued.extend_from_slice(frame))
    }

    /// Appends one frame encoded in place; `encode` only appends and does not block.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn push_with(&self, encode: impl FnOnce(&mut BytesMut)) -> Result<(), OutboxError> {
        self.0.0.push(1, encode)
    }

    /// Writes whole frames to the socket at once, as far as it takes them; the rest is queued. `true` when nothing
    /// is left: then the caller counts them. Not longer than the bound on pending bytes.
    ///
    /// # Errors
    /// As [`push`](Self::push); past the bound none of the frames is kept.
    pub fn push_now(&self, batch: &[u8], frames: u64) -> Result<bool, OutboxError> {
        self.0.0.push_now(batch, frames)
    }

    /// Keeps the writer asleep until the cork is dropped; then it writes what was pushed meanwhile.
    #[must_use]
    pub fn cork(&self) -> Cork {
        self.0.0.cork();
        Cork(self.clone())
    }

    /// Closes: what is queued is still written within `flush_max`. The first reason given stays.
    pub fn close(&self, reason: CloseReason) {
        let shared = &*self.0.0;
        shared.close(shared.lock(), reason, None);
    }

    /// Closes, with a frame to be written after all others. On an outbox that was closed without one (as a lagging
    /// peer's is) the frame is still taken.
    pub fn close_with(&self, reason: CloseReason, last_frame: &[u8]) {
        let shared = &*self.0.0;
        shared.close(shared.lock(), reason, Some(Bytes::copy_from_slice(last_frame)));
    }

    /// Why it was closed, if it was.
    #[must_use]
    pub fn closed(&self) -> Option<CloseReason> {
        self.0.0.lock().closed.clone()
    }

    /// Waits until it is closed.
    pub async fn closing(&self) -> CloseReason {
        self.0.0.closing().await
    }

    /// Bytes the peer has not taken.
    #[must_use]
    pub fn pending_bytes(&self) -> usize {
        self.0.0.lock().pending()
    }

    /// Whether reading from this peer should stop for now.
    #[must_use]
    pub fn is_over_soft_limit(&self) -> bool {
        self.pending_bytes() > self.0.0.limits.soft_bytes
    }

    /// Waits until no more than the soft limit is pending, or the outbox is closed.
    pub async fn drained(&self) {
        self.0.0.drained().await;
    }
}

/// Holds back what is pushed, so that one turn's frames cost one write. Not to be held over a wait.
#[derive(Debug)]
pub struct Cork(Outbox);

impl Drop for Cork {
    fn drop(&mut self) {
        self.0.0.0.uncork();
    }
}

impl Drop for Pushers {
    fn drop(&mut self) {
        self.0.close(self.0.lock(), CloseReason::Abandoned, None);
    }
}

#[cfg(test)]
mod tests;
