//! A connection of the HTTP side that can be told to read no more for now, or to come to its end.
//!
//! Engine.IO reads a WebSocket as fast as it comes and ends it only when its client does. The bounds that a serversock has
//! are put beneath it here.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::frames::{self, Frames};

/// What a client of Engine.IO says that leaves, as a frame of its WebSocket, masked by nothing.
const LEAVING: &[u8] = b"\x81\x81\0\0\0\x001";
/// How long whoever reads has to take that; in the middle of a longer frame of the peer it is not heard.
const LEAVING_MAX: Duration = Duration::from_secs(2);
/// A ping of Engine.IO as a frame of its WebSocket.
const PING: &[u8] = b"\x81\x012";
/// What its client answers.
const PONG: &[u8] = b"\x81\x81\0\0\0\x003";

/// What others may do to a connection; shared with it.
#[derive(Debug, Default)]
pub(super) struct Control {
    is_paused: AtomicBool,
    is_finished: AtomicBool,
    reader: AtomicWaker,
    written: AtomicU64,
    /// Whether a write waits for the peer.
    is_waiting: AtomicBool,
    /// Whether the next ping is answered here.
    swallows_ping: AtomicBool,
}

impl Control {
    /// Reads no more for now. `true` unless it was paused already.
    pub(super) fn pause(&self) -> bool {
        !self.is_paused.swap(true, Ordering::AcqRel)
    }

    /// Reads on.
    pub(super) fn go_on(&self) {
        self.is_paused.store(false, Ordering::Release);
        self.reader.wake();
    }

    /// Ends a WebSocket of Engine.IO as its client would: what is still to be said is said before.
    pub(super) fn finish(&self) {
        self.is_finished.store(true, Ordering::Release);
        self.reader.wake();
    }

    /// The next ping of a WebSocket of Engine.IO is answered without its client, unless it comes in the middle of something that
    /// the client says.
    pub(super) fn swallow_ping(&self) {
        self.swallows_ping.store(true, Ordering::Release);
    }

    /// Bytes that the peer's side has taken.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::Acquire)
    }

    /// Whether there is something that the peer's side has yet to take.
    pub(super) fn is_waiting(&self) -> bool {
        self.is_waiting.load(Ordering::Acquire)
    }
}

/// A stream under control.
#[derive(Debug)]
pub(super) struct Line<S> {
    stream: S,
    control: Arc<Control>,
    /// Set once the peer was made to leave.
    left: Option<Pin<Box<Sleep>>>,
    /// What the peer has said while a ping may be swallowed.
    heard: Frames,
    /// What is still to be read of the answer to a swallowed ping.
    owed: &'static [u8],
}

impl<S> Line<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            control: Arc::default(),
            left: None,
            heard: Frames::default(),
            owed: &[],
        }
    }

    /// What others may do to it.
    pub(super) fn control(&self) -> Arc<Control> {
        Arc::clone(&self.control)
    }

    fn count(&self, step: &Poll<io::Result<usize>>) {
        self.control.is_waiting.store(step.is_pending(), Ordering::Release);
        if let Poll::Ready(Ok(taken)) = step {
            let taken = u64::try_from(*taken).unwrap_or(u64::MAX);
            self.control.written.fetch_add(taken, Ordering::AcqRel);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Line<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.control.reader.register(cx.waker());
        if this.control.is_finished.load(Ordering::Acquire) {
            match &mut this.left {
                None if buf.remaining() >= LEAVING.len() => {
                    this.left = Some(Box::pin(sleep(LEAVING_MAX)));
                    buf.put_slice(LEAVING);
                }
                None => {}
                // After that nothing but the end is read.
                Some(left) => ready!(left.as_mut().poll(cx)),
            }
            return Poll::Ready(Ok(()));
        }
        if this.control.is_paused.load(Ordering::Acquire) {
            return Poll::Pending;
        }
        if !this.owed.is_empty() {
            let (now, later) = this.owed.split_at(buf.remaining().min(this.owed.len()));
            buf.put_slice(now);
            this.owed = later;
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        let step = Pin::new(&mut this.stream).poll_read(cx, buf);
        if this.control.swallows_ping.load(Ordering::Acquire) {
            this.heard.see(buf.filled().get(before..).unwrap_or_default());
        }
        step
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Line<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut bytes = bytes;
        if self.control.swallows_ping.load(Ordering::Acquire) {
            match frames::find(bytes, PING) {
                Some(0) => {
                    self.control.swallows_ping.store(false, Ordering::Release);
                    if self.heard.is_between() {
                        self.owed = PONG;
                        self.control.reader.wake();
                        return Poll::Ready(Ok(PING.len()));
                    }
                }
                // What is before it goes first.
                Some(at) => bytes = bytes.get(..at).unwrap_or_default(),
                None => {}
            }
        }
        let step = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if matches!(step, Poll::Ready(Ok(taken)) if taken < bytes.len()) {
            // What comes next may begin within a frame.
            self.control.swallows_ping.store(false, Ordering::Release);
        }
        self.count(&step);
        step
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let step = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.count(&step);
        step
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let step = Pin::new(&mut self.stream).poll_flush(cx);
        self.control.is_waiting.store(step.is_pending(), Ordering::Release);
        step
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    const SOON: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_paused_line_reads_nothing_until_it_goes_on() {
        let (mut peer, ours) = duplex(64);
        let mut line = Line::new(ours);
        let control = line.control();
        peer.write_all(b"ab").await.unwrap();
        assert_eq!(line.read_u8().await.unwrap(), b'a');
        assert!(control.pause());
        assert!(!control.pause(), "once is enough");
        assert!(tokio::time::timeout(SOON, line.read_u8()).await.is_err());
        drop(tokio::spawn(async move { control.go_on() }));
        assert_eq!(line.read_u8().await.unwrap(), b'b');
    }

    #[tokio::test(start_paused = true)]
    async fn a_finished_line_reads_that_its_client_leaves_then_the_end_and_still_writes() {
        let (mut peer, ours) = duplex(64);
        let mut line = Line::new(ours);
        line.control().pause();
        let control = line.control();
        drop(tokio::spawn(async move { control.finish() }));
        let mut some = [0; 64];
        assert_eq!(line.read(&mut some).await.unwrap(), LEAVING.len());
        assert_eq!(some.get(..LEAVING.len()), Some(LEAVING));
        line.write_all(b"still said").await.unwrap();
        assert_eq!(line.control().written(), 10);
        peer.read_exact(&mut [0; 10]).await.unwrap();
        let began = tokio::time::Instant::now();
        assert_eq!(line.read(&mut some).await.unwrap(), 0);
        assert_eq!(began.elapsed(), LEAVING_MAX);
    }

    #[tokio::test]
    async fn one_ping_is_answered_without_the_peer_unless_that_is_in_the_middle_of_something() {
        let (hello, welcome) = (b"\x81\x82\0\0\0\x0040", b"\x81\x0240");
        let (mut peer, ours) = duplex(64);
        let mut line = Line::new(ours);
        line.control().swallow_ping();
        let mut some = [0; 64];
        peer.write_all(hello).await.unwrap();
        assert_eq!(line.read(&mut some).await.unwrap(), hello.len());
        line.write_all(&[welcome.as_slice(), PING, welcome].concat())
            .await
            .unwrap();
        assert_eq!(line.read(&mut some).await.unwrap(), PONG.len());
        assert_eq!(some.get(..PONG.len()), Some(PONG));
        line.write_all(PING).await.unwrap();
        let mut heard = [0; 11];
        peer.read_exact(&mut heard).await.unwrap();
        assert_eq!(heard.as_slice(), [welcome.as_slice(), welcome, PING].concat());
        line.control().swallow_ping();
        peer.write_all(b"\x81\x82\0").await.unwrap();
        assert_eq!(line.read(&mut some).await.unwrap(), 3);
        line.write_all(PING).await.unwrap();
        peer.read_exact(&mut [0; 3]).await.unwrap();
    }

    #[tokio::test]
    async fn nothing_is_taken_for_a_ping_after_a_frame_that_was_written_in_pieces() {
        let said = [b"\x81\x07abcd".as_slice(), PING].concat();
        let (mut peer, ours) = duplex(6);
        let mut line = Line::new(ours);
        line.control().swallow_ping();
        let writing = tokio::spawn(async move { line.write_all(&said).await });
        let mut heard = [0; 9];
        peer.read_exact(&mut heard).await.unwrap();
        writing.await.unwrap().unwrap();
        assert_eq!(heard.as_slice(), b"\x81\x07abcd\x81\x012");
    }

    #[tokio::test]
    async fn a_line_waits_while_its_peer_takes_nothing() {
        let (mut peer, ours) = duplex(4);
        let mut line = Line::new(ours);
        let control = line.control();
        line.write_all(b"four").await.unwrap();
        assert!(!control.is_waiting());
        let writing = tokio::spawn(async move { line.write_all(b"more").await });
        while !control.is_waiting() {
            tokio::task::yield_now().await;
        }
        peer.read_exact(&mut [0; 8]).await.unwrap();
        writing.await.unwrap().unwrap();
        assert!(!control.is_waiting());
    }
}
