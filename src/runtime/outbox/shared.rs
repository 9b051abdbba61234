//! What the pushing ends and the writer of an outbox share: the queue, its bound, and the socket while nobody writes.
//!
//! Whoever writes takes the socket out, writes without the lock, and gives it back; so nobody waits for a system call
//! of another. What is pushed meanwhile is looked at when the socket comes back.

use std::cell::RefCell;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncWrite;
use tokio::sync::Notify;

use super::{OutboxError, OutboxLimits};
use crate::runtime::close::CloseReason;
use crate::runtime::metrics::OutboxMeters;

/// First room for frames, so that a handful of small ones grow the buffer once.
const FIRST_BYTES: usize = 512;
/// A longer buffer than this is not kept for the next turn.
const SPARE_BYTES_MAX: usize = 64 * 1024;

thread_local! {
    /// The buffer of who became idle last, for the next session that answers: a turn's answers need none made anew.
    static SPARE: RefCell<BytesMut> = RefCell::default();
}

/// Where the bytes go.
pub(super) type Sink = Box<dyn AsyncWrite + Send + Unpin>;

#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    pub(super) limits: OutboxLimits,
    closing: Notify,
    drained: Notify,
    pub(super) meters: &'static OutboxMeters,
}

pub(super) struct State {
    pub(super) queued: BytesMut,
    /// Bytes that somebody writes now and the peer has not taken.
    pub(super) in_flight: usize,
    frames: u64,
    pub(super) closed: Option<CloseReason>,
    pub(super) last_frame: Option<Bytes>,
    /// Set while the writer sleeps; whoever takes it wakes it, so a batch costs one wake.
    writer: Option<Waker>,
    /// Absent while somebody writes.
    sink: Option<Sink>,
    /// Whether the sink holds bytes that it has taken and not sent.
    is_unflushed: bool,
    /// Who will write what they push when their turn ends.
    corks: u32,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("pending", &self.pending())
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}

impl State {
    pub(super) fn pending(&self) -> usize {
        self.queued.len().saturating_add(self.in_flight)
    }
}

/// What the writer does next.
pub(super) enum Turn {
    /// Writes these frames, then gives the sink back.
    Write { sink: Sink, batch: BytesMut, frames: u64 },
    /// Nothing more will come; `None` when the sink is gone.
    End(Option<Sink>),
}

impl Shared {
    pub(super) fn new(sink: Sink, limits: OutboxLimits) -> Self {
        let state = State {
            queued: BytesMut::new(),
            in_flight: 0,
            frames: 0,
            closed: None,
            last_frame: None,
            writer: None,
            sink: Some(sink),
            is_unflushed: false,
            corks: 0,
        };
        Self {
            state: Mutex::new(state),
            limits,
            closing: Notify::new(),
            drained: Notify::new(),
            meters: OutboxMeters::shared(),
        }
    }

    /// The state is valid after every statement, so a panic of another holder does not matter.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, frames: u64, encode: impl FnOnce(&mut BytesMut)) -> Result<(), OutboxError> {
        self.append(self.lock(), frames, encode)
    }

    fn append(
        &self,
        mut state: MutexGuard<'_, State>,
        frames: u64,
        encode: impl FnOnce(&mut BytesMut),
    ) -> Result<(), OutboxError> {
        if let Some(reason) = &state.closed {
            return Err(OutboxError::Closed(reason.clone()));
        }
        let bound = self.limits.hard_bytes;
        let before = state.queued.len();
        if state.queued.capacity() == 0 {
            if state.corks > 0 {
                state.queued = SPARE.take();
            }
            state.queued.reserve(FIRST_BYTES);
        }
        encode(&mut state.queued);
        let pending = state.pending();
        if pending > bound {
            state.queued.truncate(before);
            self.close(state, CloseReason::Lagged, None);
            self.meters.lagged();
            return Err(OutboxError::Lagged { pending, bound });
        }
        state.frames = state.frames.saturating_add(frames);
        if state.corks == 0 {
            wake(state);
        }
        Ok(())
    }

    pub(super) fn push_now(&self, batch: &[u8], frames: u64) -> Result<bool, OutboxError> {
        let mut state = self.lock();
        let is_idle = state.queued.is_empty() && state.closed.is_none() && state.corks == 0 && !state.is_unflushed;
        let Some(mut sink) = state.sink.take_if(|_| is_idle) else {
            return self
                .append(state, frames, |queued| queued.extend_from_slice(batch))
                .map(|()| false);
        };
        state.in_flight = batch.len();
        drop(state);
        let (taken, is_flushed) = write_now(&mut sink, batch);
        let rest = batch.get(taken..).unwrap_or_default();
        let is_all = rest.is_empty() && is_flushed;
        if !is_all {
            self.meters.sent(0, taken);
        }
        let mut state = self.lock();
        if !rest.is_empty() {
            let mut queued = BytesMut::with_capacity(rest.len() + state.queued.len());
            queued.extend_from_slice(rest);
            queued.extend_from_slice(&state.queued);
            state.queued = queued;
        }
        self.give_back(state, sink, is_flushed, if is_all { 0 } else { frames });
        Ok(is_all)
    }

    pub(super) fn cork(&self) {
        let mut state = self.lock();
        state.corks = state.corks.saturating_add(1);
    }

    /// The last one wakes the writer, which has its turn after the sessions that are due: writing here would wake the
    /// peers one by one, each with little to do, and took a fifth more of the processor for a call.
    pub(super) fn uncork(&self) {
        let mut state = self.lock();
        state.corks = state.corks.saturating_sub(1);
        if state.corks == 0 && !state.queued.is_empty() {
            wake(state);
        }
    }

    /// After a write without waiting: the socket is there for others again, and the writer is woken for what is left.
    fn give_back(&self, mut state: MutexGuard<'_, State>, sink: Sink, is_flushed: bool, frames: u64) {
        state.in_flight = 0;
        state.frames = state.frames.saturating_add(frames);
        state.is_unflushed = !is_flushed;
        state.sink = Some(sink);
        if !state.queued.is_empty() || state.is_unflushed || state.closed.is_some() {
            wake(state);
        }
    }

    /// The writer gives the sink back, with its buffer, so that a busy peer's is not made anew each time.
    pub(super) fn written(&self, sink: Sink, mut batch: BytesMut) {
        let mut state = self.lock();
        state.sink = Some(sink);
        if state.queued.is_empty() && state.queued.capacity() < batch.capacity() {
            batch.clear();
            state.queued = batch;
        }
    }

    pub(super) fn close(&self, mut state: MutexGuard<'_, State>, reason: CloseReason, last_frame: Option<Bytes>) {
        state.closed.get_or_insert(reason);
        state.last_frame = state.last_frame.take().or(last_frame);
        wake(state);
        self.closing.notify_waiters();
        self.drained.notify_waiters();
    }

    pub(super) async fn closing(&self) -> CloseReason {
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

    pub(super) async fn drained(&self) {
        loop {
            let changed = self.drained.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            {
                let state = self.lock();
                if state.closed.is_some() || state.pending() <= self.limits.soft_bytes {
                    return;
                }
            }
            changed.await;
        }
    }

    /// The writer's next turn; waits while there is nothing to write or another writes.
    pub(super) async fn turn(&self) -> Turn {
        poll_fn(|ctx| {
            let mut state = self.lock();
            let has_bytes = !state.queued.is_empty() || state.is_unflushed;
            if has_bytes && let Some(sink) = state.sink.take() {
                let batch = std::mem::take(&mut state.queued);
                let frames = std::mem::take(&mut state.frames);
                state.is_unflushed = false;
                state.in_flight = batch.len();
                self.meters.taken(batch.len());
                return Poll::Ready(Turn::Write { sink, batch, frames });
            }
            if !has_bytes && state.closed.is_some() && state.sink.is_some() {
                return Poll::Ready(Turn::End(state.sink.take()));
            }
            if !has_bytes {
                // Thousands of peers are idle at a time: no buffer is kept for them.
                keep(std::mem::take(&mut state.queued));
            }
            match &state.writer {
                Some(writer) if writer.will_wake(ctx.waker()) => {}
                _ => state.writer = Some(ctx.waker().clone()),
            }
            Poll::Pending
        })
        .await
    }

    /// Notes that the peer took `taken` bytes.
    pub(super) fn took(&self, taken: usize) {
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

    /// The writer is gone, and the sink with it.
    pub(super) fn abandon(&self) {
        let mut state = self.lock();
        state.queued = BytesMut::new();
        drop(state.sink.take());
        self.meters.accepted(std::mem::take(&mut state.in_flight));
        self.close(state, CloseReason::Abandoned, None);
    }
}

/// Keeps a buffer for the next turn of this thread.
fn keep(mut buffer: BytesMut) {
    if (1..=SPARE_BYTES_MAX).contains(&buffer.capacity()) {
        buffer.clear();
        SPARE.set(buffer);
    }
}

fn wake(mut state: MutexGuard<'_, State>) {
    let writer = state.writer.take();
    drop(state);
    if let Some(writer) = writer {
        writer.wake();
    }
}

/// Writes what the sink takes without waiting. A fault is left for the writer to find: it meets the same one.
fn write_now(sink: &mut Sink, bytes: &[u8]) -> (usize, bool) {
    let mut ctx = Context::from_waker(Waker::noop());
    let Poll::Ready(Ok(taken)) = Pin::new(&mut *sink).poll_write(&mut ctx, bytes) else {
        return (0, true);
    };
    let is_flushed = matches!(Pin::new(sink).poll_flush(&mut ctx), Poll::Ready(Ok(())));
    (taken, is_flushed)
}
