//! Between a socket that speaks an older language and a session of ours: bytes become frames, frames become bytes.
//!
//! A [`Tongue`] says what means what and never waits. The ear reads no more while the session has no room or the peer
//! does not read; what is to be written is bounded in the same way, and a peer that takes nothing is given up.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::BytesMut;
use futures_util::Stream;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use tokio_util::io::poll_read_buf;

use super::asking::told;
use super::door::Inside;
use crate::error::Error;
use crate::runtime::CloseReason;
use crate::session::frames::let_go;
use crate::session::room::Room;
use crate::tls::{ReadHalf, WriteHalf};
use crate::wire::{self, Frame, LENGTH_BYTES};

/// Bytes to be written above which nothing more is heard or told.
const PENDING_BYTES_MAX: usize = 64 * 1024;
/// Room made for each read.
const READ_STEP_BYTES: usize = 8 * 1024;
/// Longest time a peer takes nothing.
const STALL_MAX: Duration = Duration::from_secs(10);

/// What a tongue has to pass on.
#[derive(Default)]
pub(super) struct Out {
    /// To the session.
    pub(super) frames: VecDeque<Frame>,
    /// To the peer.
    pub(super) bytes: BytesMut,
    /// The conversation ends when the bytes are written.
    pub(super) is_over: bool,
    /// What the session says has to wait: the peer would not understand it yet.
    pub(super) is_held: bool,
    /// What the peer says has to wait: something that it asked for is not done.
    pub(super) is_deaf: bool,
    /// Silence after which the peer is given up; where there is none, the pings of the session find out.
    pub(super) idle_max: Option<Duration>,
}

/// An older language.
pub(super) trait Tongue: Send + 'static {
    /// Its name in figures and in the log.
    const NAME: &'static str;

    /// Takes one thing from the front of the buffer, if all of it is there; `false` when not. An error ends the
    /// conversation, after what is in `out`.
    fn hear(&mut self, buffer: &mut BytesMut, out: &mut Out) -> Result<bool, Error>;

    /// Something that the session says.
    fn tell(&mut self, frame: Frame, out: &mut Out);

    /// The conversation is over.
    fn end(&mut self) {}
}

struct State<T> {
    tongue: T,
    out: Out,
    /// Why it ended, for the figures.
    reason: CloseReason,
    /// Nobody writes any more.
    is_gone: bool,
    ear: Option<Waker>,
    mouth: Option<Waker>,
    writer: Option<Waker>,
}

impl<T> State<T> {
    fn is_full(&self) -> bool {
        self.out.bytes.len() > PENDING_BYTES_MAX
    }

    /// Something changed: whoever waits looks again.
    fn wake(&mut self) {
        for waker in [self.ear.take(), self.mouth.take(), self.writer.take()]
            .into_iter()
            .flatten()
        {
            waker.wake();
        }
    }
}

/// One conversation; clones are the same.
pub(super) struct Line<T>(Arc<Mutex<State<T>>>);

impl<T> Clone for Line<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Tongue> Line<T> {
    pub(super) fn new(tongue: T, out: Out) -> Self {
        Self(Arc::new(Mutex::new(State {
            tongue,
            out,
            reason: CloseReason::PeerClosed,
            is_gone: false,
            ear: None,
            mouth: None,
            writer: None,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets somebody else say something to this peer; one that does not read loses its connection for it.
    pub(super) fn with(&self, say: impl FnOnce(&mut T, &mut Out)) {
        let mut state = self.lock();
        if state.is_full() {
            state.reason = CloseReason::Lagged;
            state.out.is_over = true;
        } else {
            let State { tongue, out, .. } = &mut *state;
            say(tongue, out);
        }
        state.wake();
    }

    /// Why it ended.
    pub(super) fn ended(&self, reason: &CloseReason) {
        self.lock().reason = reason.clone();
    }

    /// Writes what is to be written, to the end; then the place inside is free.
    pub(super) async fn write(self, mut half: WriteHalf, inside: Inside) {
        while let Some(batch) = poll_fn(|cx| self.poll_batch(cx)).await {
            if !matches!(timeout(STALL_MAX, half.write_all(&batch)).await, Ok(Ok(()))) {
                break;
            }
        }
        drop(timeout(STALL_MAX, half.shutdown()).await);
        let mut state = self.lock();
        state.is_gone = true;
        state.out.is_over = true;
        state.tongue.end();
        state.wake();
        inside.count.closed(state.reason.clone());
    }

    fn poll_batch(&self, cx: &mut Context<'_>) -> Poll<Option<BytesMut>> {
        let mut state = self.lock();
        if !state.out.bytes.is_empty() {
            let batch = state.out.bytes.split();
            state.out.bytes = BytesMut::new();
            state.wake();
            return Poll::Ready(Some(batch));
        }
        if state.out.is_over {
            return Poll::Ready(None);
        }
        state.writer = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// The hearing end: frames for the session.
pub(super) struct Ear<T: Tongue> {
    pub(super) line: Line<T>,
    pub(super) read: Option<ReadHalf>,
    /// What was read and not taken.
    pub(super) buffer: BytesMut,
    pub(super) room: Room,
    pub(super) address: SocketAddr,
    idle: Option<Pin<Box<Sleep>>>,
    has_ended: bool,
}

/// What became of hearing.
struct Heard {
    frames: Vec<Frame>,
    /// There may be more, which was not heard for want of room.
    has_stopped: bool,
}

impl<T: Tongue> Ear<T> {
    /// Hears what comes from there; something has come already.
    pub(super) fn new(line: Line<T>, read: ReadHalf, buffer: BytesMut, room: Room, address: SocketAddr) -> Self {
        Self {
            line,
            read: Some(read),
            buffer,
            room,
            address,
            idle: None,
            has_ended: false,
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let Some(read) = self.read.as_mut() else {
            return Poll::Ready(false);
        };
        self.buffer.reserve(READ_STEP_BYTES);
        if let Poll::Ready(read) = poll_read_buf(Pin::new(read), cx, &mut self.buffer) {
            self.idle = None;
            return Poll::Ready(matches!(read, Ok(1..)));
        }
        if self.buffer.is_empty() {
            // Who is silent costs no memory.
            self.buffer = BytesMut::new();
        }
        let Some(idle_max) = self.line.lock().out.idle_max else {
            self.idle = None;
            return Poll::Pending;
        };
        let idle = self
            .idle
            .get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + idle_max)));
        ready!(idle.as_mut().poll(cx));
        self.line.ended(&CloseReason::Idle);
        Poll::Ready(false)
    }

    /// Hears what is whole, as far as there is room for it.
    fn hear(&mut self, room: usize) -> Heard {
        let line = self.line.clone();
        let mut state = line.lock();
        let mut has_stopped = false;
        while !state.out.is_over {
            has_stopped = state.out.is_deaf || state.is_full() || state.out.frames.len() >= room;
            if has_stopped {
                break;
            }
            let State { tongue, out, .. } = &mut *state;
            match tongue.hear(&mut self.buffer, out) {
                Ok(true) => told(T::NAME, self.address, "message", &Ok(())),
                Ok(false) => break,
                Err(err) => {
                    told(T::NAME, self.address, "message", &Err::<(), _>(err));
                    state.reason = CloseReason::BadFrame;
                    state.out.is_over = true;
                }
            }
        }
        let count = state.out.frames.len().min(room);
        let frames = state.out.frames.drain(..count).collect();
        for waker in [state.writer.take(), state.mouth.take()].into_iter().flatten() {
            waker.wake();
        }
        Heard { frames, has_stopped }
    }

    /// Whether nothing more can be heard now; then the ear is woken when that changes.
    fn waits(&self, cx: &Context<'_>) -> bool {
        let mut state = self.line.lock();
        state.ear = Some(cx.waker().clone());
        state.is_full() || state.out.is_deaf
    }
}

impl<T: Tongue> Stream for Ear<T> {
    type Item = Vec<Frame>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Vec<Frame>>> {
        let this = &mut *self;
        loop {
            let room = ready!(this.room.poll(cx));
            let Heard { frames, has_stopped } = this.hear(room);
            if !frames.is_empty() {
                return Poll::Ready(Some(frames));
            }
            if this.has_ended || this.line.lock().out.is_over {
                return Poll::Ready(None);
            }
            if this.waits(cx) {
                return Poll::Pending;
            }
            if has_stopped {
                continue;
            }
            this.has_ended = !ready!(this.poll_read(cx));
        }
    }
}

impl<T: Tongue> Drop for Ear<T> {
    fn drop(&mut self) {
        let mut state = self.line.lock();
        state.out.is_over = true;
        state.wake();
        drop(state);
        // A peer that has closed its end has heard what it wanted.
        if let Some(read) = self.read.take().filter(|_| !self.has_ended) {
            let_go(read);
        }
    }
}

/// The speaking end: where the outbox of the session writes whole frames.
pub(super) struct Mouth<T>(pub(super) Line<T>);

impl<T: Tongue> Mouth<T> {
    /// Tells frames from the front, and gives the bytes of those; nothing while the peer does not read.
    fn tell(&self, bytes: &[u8], cx: &Context<'_>) -> io::Result<usize> {
        let mut state = self.0.lock();
        if state.is_gone {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let mut taken = 0;
        while let Some((item, length)) = first(bytes.get(taken..).unwrap_or_default()) {
            if state.is_full() || state.out.is_held {
                break;
            }
            match wire::decode(item) {
                Ok(frame) => {
                    let State { tongue, out, .. } = &mut *state;
                    tongue.tell(frame, out);
                }
                Err(err) => tracing::error!(%err, "a frame of ours cannot be read"),
            }
            taken += length;
        }
        if taken > 0 {
            for waker in [state.writer.take(), state.ear.take()].into_iter().flatten() {
                waker.wake();
            }
        } else {
            state.mouth = Some(cx.waker().clone());
        }
        Ok(taken)
    }
}

/// The first frame in the buffer: its item, and its length with the head.
pub(super) fn first(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let head = bytes.first_chunk::<LENGTH_BYTES>()?;
    let length = LENGTH_BYTES.checked_add(usize::try_from(u32::from_be_bytes(*head)).ok()?)?;
    Some((bytes.get(LENGTH_BYTES..length)?, length))
}

impl<T: Tongue> AsyncWrite for Mouth<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.tell(bytes, cx) {
            Ok(0) if !bytes.is_empty() => Poll::Pending,
            taken => Poll::Ready(taken),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.0.lock();
        state.out.is_over = true;
        state.wake();
        Poll::Ready(Ok(()))
    }
}

impl<T> Drop for Mouth<T> {
    fn drop(&mut self) {
        let mut state = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.out.is_over = true;
        state.wake();
    }
}
