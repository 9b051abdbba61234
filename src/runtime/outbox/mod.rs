//! Bytes to one peer, bounded by bytes. A peer that does not read is cut off, never buffered for.
//!
//! Pushing never waits: frames are appended to one buffer, and one writer takes all of it at a time, so that many
//! frames cost one write. An idle outbox holds no memory. It knows bytes and limits, not what a frame is.

use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::close::CloseReason;
use super::metrics::OutboxMeters;

/// First room for frames, so that a handful of small ones grow the buffer once.
const FIRST_BYTES: usize = 512;

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

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    limits: OutboxLimits,
    closing: Notify,
    drained: Notify,
    meters: &'static OutboxMeters,
}

#[derive(Debug, Default)]
struct State {
    queued: BytesMut,
    /// Bytes the writer has taken and the peer has not.
    in_flight: usize,
    frames: u64,
    closed: Option<CloseReason>,
    last_frame: Option<Bytes>,
    /// Set while the writer sleeps; whoever takes it wakes it, so a batch costs one wake.
    writer: Option<Waker>,
}

impl State {
    fn pending(&self) -> usize {
        self.queued.len().saturating_add(self.in_flight)
    }
}

/// Makes an outbox and the writer that drains it into `sink`; the writer ends with the reason of the end.
pub fn outbox<W>(sink: W, limits: OutboxLimits) -> (Outbox, impl Future<Output = CloseReason>)
where
    W: AsyncWrite + Unpin,
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
    W: AsyncWrite + Unpin,
{
    let shared = Arc::new(Shared {
        state: Mutex::default(),
        limits,
        closing: Notify::new(),
        drained: Notify::new(),
        meters: OutboxMeters::shared(),
    });
    let outbox = Outbox(Arc::new(Pushers(Arc::clone(&shared))));
    (outbox, write(sink, Writer(shared), farewell))
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
        let shared = &*self.0.0;
        let bound = shared.limits.hard_bytes;
        let mut state = shared.lock();
        if let Some(reason) = &state.closed {
            return Err(OutboxError::Closed(reason.clone()));
        }
        let before = state.queued.len();
        if state.queued.capacity() == 0 {
            state.queued.reserve(FIRST_BYTES);
        }
        encode(&mut state.queued);
        let pending = state.pending();
        if pending > bound {
            state.queued.truncate(before);
            shared.close(state, CloseReason::Lagged, None);
            shared.meters.lagged();
            return Err(OutboxError::Lagged { pending, bound });
        }
        state.frames = state.frames.saturating_add(1);
        let writer = state.writer.take();
        drop(state);
        if let Some(writer) = writer {
            writer.wake();
        }
        Ok(())
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
        let shared = &*self.0.0;
        loop {
            let changed = shared.drained.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            {
                let state = shared.lock();
                if state.closed.is_some() || state.pending() <= shared.limits.soft_bytes {
                    return;
                }
            }
            changed.await;
        }
    }
}

impl Drop for Pushers {
    fn drop(&mut self) {
        self.0.close(self.0.lock(), CloseReason::Abandoned, None);
    }
}

impl Shared {
    /// The state is valid after every statement, so a panic of another holder does not matter.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self, mut state: MutexGuard<'_, State>, reason: CloseReason, last_frame: Option<Bytes>) {
        state.closed.get_or_insert(reason);
        state.last_frame = state.last_frame.take().or(last_frame);
        let writer = state.writer.take();
        drop(state);
        self.closing.notify_waiters();
        self.drained.notify_waiters();
        if let Some(writer) = writer {
            writer.wake();
        }
    }

    async fn closing(&self) -> CloseReason {
        loop {
            let changed = self.closing.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if let Some(reason) = self.lock().closed.clone() {
                return reason;
            }
            changed.await;
        }
    }

    /// Swaps what is queued into `batch`, which is empty; `None` when the outbox is closed and empty.
    async fn take(&self, batch: &mut BytesMut) -> Option<u64> {
        poll_fn(|ctx| {
            let mut state = self.lock();
            if !state.queued.is_empty() {
                std::mem::swap(&mut state.queued, batch);
                state.in_flight = batch.len();
                self.meters.taken(batch.len());
                return Poll::Ready(Some(std::mem::take(&mut state.frames)));
            }
            if state.closed.is_some() {
                return Poll::Ready(None);
            }
            // Thousands of peers are idle at a time: neither buffer is kept for them.
            state.queued = BytesMut::new();
            *batch = BytesMut::new();
            match &state.writer {
                Some(writer) if writer.will_wake(ctx.waker()) => {}
                _ => state.writer = Some(ctx.waker().clone()),
            }
            Poll::Pending
        })
        .await
    }

    /// Notes that the peer took `taken` bytes.
    fn took(&self, taken: usize) {
        let soft = self.limits.soft_bytes;
        let mut state = self.lock();
        let before = state.pending();
        state.in_flight = state.in_flight.saturating_sub(taken);
        self.meters.accepted(taken);
        let fell_below = before > soft && state.pending() <= soft;
        drop(state);
        if fell_below {
            self.drained.notify_waiters();
        }
    }
}

/// The writing end; an outbox whose writer is gone is closed.
struct Writer(Arc<Shared>);

impl Drop for Writer {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.queued = BytesMut::new();
        self.0.meters.accepted(std::mem::take(&mut state.in_flight));
        self.0.close(state, CloseReason::Abandoned, None);
    }
}

async fn write<W>(mut sink: W, writer: Writer, farewell: impl FnOnce(&CloseReason) -> Option<Bytes>) -> CloseReason
where
    W: AsyncWrite + Unpin,
{
    let shared = &*writer.0;
    let flush_max = shared.limits.flush_max;
    let drain = async {
        drain(&mut sink, shared).await?;
        let (reason, last_frame) = {
            let mut state = shared.lock();
            let reason = state.closed.clone().unwrap_or(CloseReason::Abandoned);
            (reason, state.last_frame.take())
        };
        if let Some(frame) = last_frame.or_else(|| farewell(&reason)) {
            step(shared, sink.write_all(&frame)).await?;
            shared.meters.sent(1, frame.len());
        }
        step(shared, sink.shutdown()).await
    };
    let late = async {
        let reason = shared.closing().await;
        tokio::time::sleep(flush_max).await;
        reason
    };
    let ended = tokio::select! {
        biased;
        ended = drain => ended,
        reason = late => Err(reason),
    };
    // A reason given earlier wins over what went wrong while writing the rest.
    let mut state = shared.lock();
    let cause = ended.err().unwrap_or(CloseReason::Abandoned);
    state.closed.get_or_insert(cause).clone()
}

/// Writes batches until the outbox is closed and empty.
async fn drain<W>(sink: &mut W, shared: &Shared) -> Result<(), CloseReason>
where
    W: AsyncWrite + Unpin,
{
    let mut batch = BytesMut::new();
    while let Some(frames) = shared.take(&mut batch).await {
        let bytes = batch.len();
        let mut rest: &[u8] = &batch;
        while !rest.is_empty() {
            let taken = step(shared, sink.write(rest)).await?;
            if taken == 0 {
                return Err(CloseReason::PeerClosed);
            }
            rest = rest.get(taken..).unwrap_or_default();
            shared.took(taken);
        }
        step(shared, sink.flush()).await?;
        shared.meters.sent(frames, bytes);
        batch.clear();
    }
    Ok(())
}

/// One step of writing: it makes progress within `stall_max`, or the peer is cut off.
async fn step<T>(shared: &Shared, io: impl Future<Output = std::io::Result<T>>) -> Result<T, CloseReason> {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected};
    match timeout(shared.limits.stall_max, io).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(err))
            if matches!(
                err.kind(),
                BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected
            ) =>
        {
            Err(CloseReason::PeerClosed)
        }
        Ok(Err(_)) => Err(CloseReason::Io),
        Err(_) => Err(CloseReason::Stalled),
    }
}

#[cfg(test)]
mod tests;
