//! Where the outbox of a Socket.IO client writes: whole frames become events and acknowledgements.
//!
//! What Engine.IO does not take waits in the outbox, within its bounds, and is offered again after a pause. Takes
//! whole frames only, so that what is left always begins with one.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::AsyncWrite;
use tokio::time::{Sleep, sleep};

use super::outgoing::{Emitted, Voice};
use super::port::Port;
use crate::http::line::Control;
use crate::wire::LENGTH_BYTES;

/// First pause after Engine.IO took nothing; doubled up to the longest.
const PAUSE_FIRST: Duration = Duration::from_millis(1);
/// Longest such pause.
const PAUSE_MAX: Duration = Duration::from_millis(64);

/// Bytes that may lie between the outbox and the connection, unless one frame alone is longer.
const UNDERWAY_BYTES_MAX: u64 = 64 * 1024;

/// What lies between the outbox and the connection. Engine.IO does not tell, so it is reckoned from what went in and
/// what the connection took. Neither is counted in the other's bytes: a frame can be longer than what is said of it, so the
/// reckoning begins anew whenever nothing is left.
#[derive(Default)]
struct Underway {
    /// The connection of the WebSocket; none while the client polls.
    line: Option<Arc<Control>>,
    given: u64,
}

impl Underway {
    fn taken(&mut self, port: &Port) -> u64 {
        if self.line.is_none()
            && let Some(line) = port.line()
        {
            // What was given before the upgrade is fetched by the last poll or written here.
            self.given = line.written();
            self.line = Some(line);
        }
        self.line
            .as_ref()
            .map_or_else(|| port.all_fetched(), |line| line.written())
    }

    /// Whether nothing is left of what was given a while ago.
    fn is_empty(&self, port: &Port) -> bool {
        match &self.line {
            Some(line) => !line.is_waiting(),
            None => port.farewell.is_all_fetched(),
        }
    }

    /// Whether so many bytes may follow. `rested`: nothing was given for a while.
    fn has_room(&mut self, bytes: u64, port: &Port, rested: bool) -> bool {
        let taken = self.taken(port);
        if rested && self.is_empty(port) {
            self.given = taken;
        }
        // The transport may write more than it was given: heads, pings, and JSON where that is longer.
        self.given = self.given.max(taken);
        let underway = self.given - taken;
        underway == 0 || underway.saturating_add(bytes) <= UNDERWAY_BYTES_MAX
    }
}

/// The sink of one session.
pub(super) struct Sink {
    voice: Voice,
    port: Arc<Port>,
    /// Which session of this socket it belongs to.
    life: u64,
    underway: Underway,
    pause: Duration,
    again: Option<Pin<Box<Sleep>>>,
    /// Whether such a pause has just ended.
    rested: bool,
}

impl Sink {
    pub(super) fn new(voice: Voice, port: Arc<Port>, life: u64) -> Self {
        Self {
            voice,
            port,
            life,
            underway: Underway::default(),
            pause: PAUSE_FIRST,
            again: None,
            rested: false,
        }
    }

    /// Emits frames from the front; gives the bytes of those that were taken.
    fn emit(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut taken = 0;
        while let Some((item, length)) = first(bytes.get(taken..).unwrap_or_default()) {
            let bytes = u64::try_from(length).unwrap_or(u64::MAX);
            let rested = std::mem::take(&mut self.rested);
            if !self.underway.has_room(bytes, &self.port, rested) {
                break;
            }
            match self.voice.pass(item, &self.port) {
                Emitted::Done => {}
                Emitted::Full => break,
                Emitted::Gone => return Err(ErrorKind::BrokenPipe.into()),
            }
            self.underway.given = self.underway.given.saturating_add(bytes);
            taken += length;
        }
        Ok(taken)
    }
}

/// The first frame in the buffer: its item, and its length with the head.
fn first(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let head = bytes.first_chunk::<LENGTH_BYTES>()?;
    let length = LENGTH_BYTES.checked_add(usize::try_from(u32::from_be_bytes(*head)).ok()?)?;
    Some((bytes.get(LENGTH_BYTES..length)?, length))
}

impl AsyncWrite for Sink {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        loop {
            if let Some(again) = &mut this.again {
                if again.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                this.again = None;
                this.rested = true;
            }
            match this.emit(bytes) {
                Ok(0) if !bytes.is_empty() => {
                    this.again = Some(Box::pin(sleep(this.pause)));
                    this.pause = this.pause.saturating_mul(2).min(PAUSE_MAX);
                }
                Ok(taken) => {
                    this.pause = PAUSE_FIRST;
                    return Poll::Ready(Ok(taken));
                }
                Err(err) => return Poll::Ready(Err(err)),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.port.over(this.life);
        Poll::Ready(Ok(()))
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.port.over(self.life);
    }
}
