//! What a client has sent and its session has not taken yet: bounded, filled by the transport, drained on the arbiter.
//!
//! The transport cannot be made to wait in the middle of what it has read, so it is told when to read no more.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use futures_util::Stream;
use tokio::sync::Notify;

use crate::session::room::Room;
use crate::wire::Frame;

/// Bytes waiting above which nothing more is read from the peer.
pub(super) const SOFT_BYTES: usize = 64 * 1024;
/// Frames waiting above which nothing more is read from the peer.
const SOFT_FRAMES: usize = 256;
/// Frames waiting above which the peer is cut off.
pub(super) const HARD_FRAMES: usize = 8_192;

/// How full an inbox is after something was put into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fullness {
    /// There is room.
    Roomy,
    /// Nothing more is to be read for now.
    Enough,
    /// It was not taken: the peer does not stop.
    Over,
}

/// The filling end; clones fill the same inbox.
#[derive(Clone, Default)]
pub(super) struct Inbox(Arc<Shared>);

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    drained: Notify,
}

#[derive(Default)]
struct Queue {
    frames: VecDeque<(Frame, usize)>,
    bytes: usize,
    /// Whether somebody is to be told when there is room again.
    is_stopped: bool,
    is_ended: bool,
    reader: Option<Waker>,
    /// Set when the peer is known to be alive without a word.
    is_alive: bool,
}

impl Queue {
    fn is_enough(&self) -> bool {
        self.bytes > SOFT_BYTES || self.frames.len() > SOFT_FRAMES
    }
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a frame in that takes so many bytes; `bytes_max` is what may wait.
    pub(super) fn push(&self, frame: Frame, bytes: usize, bytes_max: usize) -> Fullness {
        let mut queue = self.lock();
        if queue.is_ended {
            return Fullness::Roomy;
        }
        if queue.frames.len() >= HARD_FRAMES || queue.bytes.saturating_add(bytes) > bytes_max {
            return Fullness::Over;
        }
        queue.bytes += bytes;
        queue.frames.push_back((frame, bytes));
        let fullness = if queue.is_enough() {
            queue.is_stopped = true;
            Fullness::Enough
        } else {
            Fullness::Roomy
        };
        wake(queue);
        fullness
    }

    /// The peer is there, although it says nothing.
    pub(super) fn is_alive(&self) {
        let mut queue = self.lock();
        queue.is_alive = true;
        wake(queue);
    }

    /// Nothing more will come.
    pub(super) fn end(&self) {
        let mut queue = self.lock();
        queue.is_ended = true;
        queue.is_stopped = false;
        wake(queue);
        self.0.drained.notify_waiters();
    }

    /// Waits until more may be read.
    pub(super) async fn room(&self) {
        loop {
            let changed = self.0.drained.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            {
                let mut queue = self.lock();
                if queue.is_ended || !queue.is_enough() {
                    return;
                }
                queue.is_stopped = true;
            }
            changed.await;
        }
    }

    /// The draining end.
    pub(super) fn frames(self, room: Room) -> Frames {
        Frames { inbox: self, room }
    }
}

fn wake(mut queue: MutexGuard<'_, Queue>) {
    let reader = queue.reader.take();
    drop(queue);
    if let Some(reader) = reader {
        reader.wake();
    }
}

/// Batches of frames, as far as the session has room.
pub(super) struct Frames {
    inbox: Inbox,
    room: Room,
}

impl Stream for Frames {
    type Item = Vec<Frame>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Vec<Frame>>> {
        let this = &mut *self;
        if this.inbox.lock().is_ended {
            return Poll::Ready(None);
        }
        let room = ready!(this.room.poll(cx));
        let mut queue = this.inbox.lock();
        let is_alive = std::mem::take(&mut queue.is_alive);
        if queue.frames.is_empty() && !is_alive {
            if queue.is_ended {
                return Poll::Ready(None);
            }
            queue.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let many = room.min(queue.frames.len());
        let mut batch = Vec::with_capacity(many);
        let mut taken = 0;
        for (frame, bytes) in queue.frames.drain(..many) {
            batch.push(frame);
            taken += bytes;
        }
        queue.bytes = queue.bytes.saturating_sub(taken);
        let is_roomy_again = queue.is_stopped && !queue.is_enough();
        if is_roomy_again {
            queue.is_stopped = false;
        }
        drop(queue);
        if is_roomy_again {
            this.inbox.0.drained.notify_waiters();
        }
        Poll::Ready(Some(batch))
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.inbox.end();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, StreamExt};

    use super::*;
    use crate::wire::Ack;

    const BYTES_MAX: usize = 4 * SOFT_BYTES;

    fn frame(seq: u64) -> Frame {
        Frame::Ack(Ack { seq })
    }

    #[tokio::test]
    async fn what_is_put_in_comes_out_in_order_and_in_bounded_batches() {
        let inbox = Inbox::default();
        for seq in 0..100 {
            assert_eq!(inbox.push(frame(seq), 10, BYTES_MAX), Fullness::Roomy);
        }
        let mut frames = inbox.clone().frames(Room::default());
        let (mut seen, mut longest) = (Vec::new(), 0);
        while let Some(Some(batch)) = frames.next().now_or_never() {
            longest = longest.max(batch.len());
            seen.extend(batch);
        }
        assert_eq!(seen, (0..100).map(frame).collect::<Vec<_>>());
        assert_eq!(longest, 64);
        inbox.is_alive();
        assert_eq!(
            frames.next().now_or_never(),
            Some(Some(Vec::new())),
            "alive without a word"
        );
        inbox.end();
        assert_eq!(frames.next().now_or_never(), Some(None));
    }

    #[tokio::test]
    async fn past_the_soft_bound_nothing_more_is_wanted_until_it_was_drained() {
        let inbox = Inbox::default();
        assert_eq!(inbox.push(frame(0), SOFT_BYTES, BYTES_MAX), Fullness::Roomy);
        assert_eq!(inbox.push(frame(1), 1, BYTES_MAX), Fullness::Enough);
        let mut room = Box::pin(inbox.room());
        assert!(room.as_mut().now_or_never().is_none());
        let mut frames = inbox.clone().frames(Room::default());
        assert_eq!(frames.next().await.map(|batch| batch.len()), Some(2));
        room.await;
        assert_eq!(inbox.push(frame(2), 1, BYTES_MAX), Fullness::Roomy);
    }

    #[tokio::test]
    async fn at_the_hard_bounds_it_is_taken_and_one_more_is_not() {
        let inbox = Inbox::default();
        assert_eq!(inbox.push(frame(0), BYTES_MAX, BYTES_MAX), Fullness::Enough);
        assert_eq!(inbox.push(frame(1), 1, BYTES_MAX), Fullness::Over);
        let inbox = Inbox::default();
        for seq in 0..HARD_FRAMES {
            assert_ne!(
                inbox.push(frame(seq.try_into().unwrap()), 1, BYTES_MAX),
                Fullness::Over,
                "{seq}"
            );
        }
        assert_eq!(inbox.push(frame(0), 1, BYTES_MAX), Fullness::Over);
        drop(inbox.clone().frames(Room::default()));
        assert_eq!(
            inbox.push(frame(0), 1, BYTES_MAX),
            Fullness::Roomy,
            "nobody reads: let go"
        );
        inbox.room().await;
    }
}
