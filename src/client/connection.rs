//! One connection: the tasks that read and write it, and what every frame from the server means here.
//!
//! The reader never waits for anybody but the server; the writer is the bounded outbox. It ends with a reason that
//! every open and later question hears.

use std::fmt::Display;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::codec::FramedRead;

use super::clock::ServerClock;
use super::incoming::{Fate, Inbox, Incoming};
use super::offers::Offers;
use super::pending::Pending;
use super::{Client, ClientError, ConnectOptions, Handle};
use crate::runtime::{Clock, CloseReason, Outbox, OutboxLimits, clock, outbox};
use crate::tls::{self, TlsRefusal};
use crate::wire::{
    self, Ack, Answer, CodecError, ErrorCode, Frame, FrameCodec, FrameError, Pong, Value, Welcome, WireError,
};

/// How long a closed connection is still read for what the server says last.
const LINGER_MAX: Duration = Duration::from_secs(1);

/// What an alert of TLS begins with, which no frame does: a server that wants TLS answers a plain hello so.
const TLS_ALERT: usize = 0x1503;

/// Bytes waiting for the server above which new questions wait, and at which it counts as gone.
const OUTBOX: OutboxLimits = OutboxLimits {
    soft_bytes: 256 * 1024,
    hard_bytes: 16 * 1024 * 1024,
    stall_max: Duration::from_secs(30),
    flush_max: Duration::from_secs(2),
};

/// What outlives a connection when it is opened again.
#[derive(Clone)]
pub(super) struct Link {
    pub(super) ids: Arc<AtomicU64>,
    pub(super) inbox: Arc<Inbox>,
    pub(super) clock: Arc<ServerClock>,
}

impl Link {
    pub(super) fn new(options: &ConnectOptions) -> Self {
        Self {
            ids: Arc::new(AtomicU64::new(1)),
            inbox: Arc::new(Inbox::new(options.incoming_max)),
            clock: Arc::new(ServerClock::new(Clock::system())),
        }
    }
}

/// What the handles and the reader of one connection share.
pub(super) struct Shared {
    pub(super) link: Link,
    pub(super) pending: Pending,
    pub(super) slots: Semaphore,
    pub(super) ended: watch::Sender<Option<ClientError>>,
    /// How long the server asked us to stay away, in milliseconds.
    pub(super) absence_ms: AtomicU64,
    pub(super) call_timeout: Duration,
    /// Longest frame the server takes.
    pub(super) frame_bytes_max: usize,
    /// What we tell without asking the program.
    pub(super) offers: Offers,
}

/// Opens a connection to one of the addresses, secured where that is wanted, and says hello.
pub(super) async fn connect(
    addr: impl ToSocketAddrs + Display,
    options: &ConnectOptions,
    link: Link,
) -> Result<(Client, Welcome), ClientError> {
    let started = Instant::now();
    let (read, write) = dial(addr, options).await?;
    let left = options.connect_timeout.saturating_sub(started.elapsed());
    open(read, write, options, link, left).await
}

/// A stream to one of the addresses, secured where that is wanted.
pub(super) async fn dial(
    addr: impl ToSocketAddrs + Display,
    options: &ConnectOptions,
) -> Result<(tls::ReadHalf, tls::WriteHalf), ClientError> {
    let name = addr.to_string();
    let reached = timeout(options.connect_timeout, async {
        let (stream, found) = reach(addr).await?;
        if !options.tls.is_wanted_at(found.ip()) {
            return Ok(tls::plain(stream));
        }
        tls::connect(stream, &name, &options.trust)
            .await
            .map_err(|refusal| not_secured(&name, &refusal))
    });
    reached.await.map_err(|_| ClientError::NotReached {
        addr: name.clone(),
        why: format!("no connection within {} ms", options.connect_timeout.as_millis()),
    })?
}

fn not_secured(addr: &str, refusal: &TlsRefusal) -> ClientError {
    let (addr, why) = (addr.to_owned(), refusal.to_string());
    if refusal.is_about_trust() {
        ClientError::Untrusted { addr, why }
    } else {
        ClientError::NotReached { addr, why }
    }
}

async fn reach(addr: impl ToSocketAddrs) -> Result<(TcpStream, SocketAddr), ClientError> {
    let not_reached = |addr: &str, why: String| ClientError::NotReached {
        addr: addr.to_owned(),
        why,
    };
    let found: Vec<SocketAddr> = tokio::net::lookup_host(addr)
        .await
        .map_err(|err| not_reached("the server", err.to_string()))?
        .collect();
    let mut why = not_reached("the server", "its name has no address".to_owned());
    for addr in found {
        match TcpStream::connect(addr).await {
            Ok(stream) => {
                // Frames are written together already: waiting for more would only delay them.
                let quick = stream.set_nodelay(true);
                return quick
                    .map(|()| (stream, addr))
                    .map_err(|err| not_reached(&addr.to_string(), err.to_string()));
            }
            Err(err) => why = not_reached(&addr.to_string(), err.to_string()),
        }
    }
    Err(why)
}

/// Says hello on a stream and waits for the welcome.
pub(super) async fn open<R, W>(
    read: R,
    write: W,
    options: &ConnectOptions,
    link: Link,
    wait_max: Duration,
) -> Result<(Client, Welcome), ClientError>
where
    R: AsyncRead + Unpin + Send + 'static,
    W: AsyncWrite + Unpin + Send + 'static,
{
    let (outbox, writer) = outbox(write, OUTBOX);
    drop(tokio::spawn(writer));
    let asked = Instant::now();
    push(&outbox, FrameCodec::HANDSHAKE_BYTES_MAX, &Frame::Hello(options.hello()))?;
    let mut frames = FramedRead::new(read, FrameCodec::new(options.frame_bytes_max));
    let first = timeout(wait_max, frames.next()).await;
    let welcome = welcomed(first.map_err(|_| ClientError::Timeout {
        waited: options.connect_timeout,
    })?)?;
    if let Ok(now) = welcome.server.now.parse::<Timestamp>() {
        link.clock.observe(now, asked.elapsed());
    }
    let announced = welcome
        .server
        .limits
        .get("frame_bytes")
        .and_then(|bytes| usize::try_from(*bytes).ok());
    let shared = Arc::new(Shared {
        link,
        pending: Pending::default(),
        slots: Semaphore::new(options.in_flight_max),
        ended: watch::Sender::new(None),
        absence_ms: AtomicU64::new(0),
        call_timeout: options.call_timeout,
        frame_bytes_max: announced.unwrap_or(FrameCodec::FRAME_BYTES_MAX),
        offers: Offers::of(options),
    });
    let reader = Reader {
        outbox: outbox.clone(),
        shared: shared.clone(),
        last_words: None,
    };
    drop(tokio::spawn(reader.run(frames)));
    Ok((Client(Arc::new(Handle { outbox, shared })), welcome))
}

fn welcomed(first: Option<Result<Bytes, CodecError>>) -> Result<Welcome, ClientError> {
    let closed = |reason: String| ClientError::Closed { reason };
    let item = first
        .ok_or_else(|| closed("the server closed before its welcome".to_owned()))?
        .map_err(|err| match err {
            CodecError::TooLarge { got, .. } if got >> 16 == TLS_ALERT => ClientError::NotReached {
                addr: "the server".to_owned(),
                why: "it speaks TLS here; use --tls".to_owned(),
            },
            err => closed(err.to_string()),
        })?;
    match wire::decode(&item) {
        Ok(Frame::Welcome(welcome)) => Ok(*welcome),
        Ok(Frame::Error(refusal)) => Err(refused(refusal).into()),
        Ok(Frame::Bye(bye)) => Err(closed(bye.reason)),
        Ok(other) => Err(ClientError::Protocol(format!(
            "got `{}`, wanted `welcome`",
            other.kind()
        ))),
        Err(err) => Err(ClientError::Protocol(err.to_string())),
    }
}

/// Encodes a frame into the outbox, unless the server would refuse it for its length.
pub(super) fn push(outbox: &Outbox, frame_bytes_max: usize, frame: &Frame) -> Result<(), ClientError> {
    const LENGTH_BYTES: usize = 4;
    let mut outcome = Ok(());
    let pushed = outbox.push_with(|out| {
        let before = out.len();
        if let Err(err) = wire::encode(frame, out) {
            outcome = Err(ClientError::Protocol(err.to_string()));
            return;
        }
        let got = out.len().saturating_sub(before + LENGTH_BYTES);
        if got > frame_bytes_max {
            out.truncate(before);
            let message = format!("got a frame of {got} bytes, the server takes at most {frame_bytes_max}");
            outcome = Err(WireError {
                code: ErrorCode::TooLarge,
                message,
                detail: None,
            }
            .into());
        }
    });
    pushed.map_err(|err| ClientError::Closed {
        reason: err.to_string(),
    })?;
    outcome
}

fn refused(refusal: wire::Refusal) -> WireError {
    WireError {
        code: refusal.code,
        message: refusal.message,
        detail: refusal.detail,
    }
}

/// The reading task.
struct Reader {
    outbox: Outbox,
    shared: Arc<Shared>,
    /// What the server said of the end before it came.
    last_words: Option<String>,
}

impl Reader {
    async fn run<R: AsyncRead + Unpin>(mut self, mut frames: FramedRead<R, FrameCodec>) {
        let outbox = self.outbox.clone();
        let abandoned = async {
            let reason = outbox.closing().await;
            sleep(LINGER_MAX).await;
            reason.to_string()
        };
        let reason = tokio::select! {
            reason = self.read(&mut frames) => reason,
            reason = abandoned => reason,
        };
        let why = ClientError::Closed {
            reason: self.last_words.take().unwrap_or(reason),
        };
        self.outbox.close(CloseReason::PeerClosed);
        self.shared.ended.send_replace(Some(why.clone()));
        self.shared.pending.end(&why);
    }

    async fn read<R: AsyncRead + Unpin>(&mut self, frames: &mut FramedRead<R, FrameCodec>) -> String {
        while let Some(item) = frames.next().await {
            let item = match item {
                Ok(item) => item,
                Err(err) => return err.to_string(),
            };
            match wire::decode(&item) {
                Ok(frame) => self.take(frame),
                Err(FrameError::Fields {
                    id: Some(id), message, ..
                }) => {
                    self.shared.pending.settle(id, Err(ClientError::Protocol(message)));
                }
                Err(FrameError::Fields { message, .. }) => tracing::debug!(message, "passed over a frame"),
                Err(err @ FrameError::Unreadable(_)) => return err.to_string(),
            }
        }
        "the server closed the connection".to_owned()
    }

    fn take(&mut self, frame: Frame) {
        match frame {
            Frame::Result(Answer { id, outcome }) => {
                self.shared.pending.settle(id, outcome.map_err(ClientError::from));
            }
            Frame::Pong(pong) => self.shared.pending.settle(pong.id, Ok(Value::Text(pong.at))),
            Frame::Ping(ping) => self.say(&Frame::Pong(Pong {
                id: ping.id,
                at: clock::now().to_string(),
            })),
            Frame::Event(event) => {
                if let Some(seq) = self.shared.link.inbox.event(event) {
                    self.say(&Frame::Ack(Ack { seq }));
                }
            }
            Frame::Call(call) => {
                let deadline = call.deadline_ms.map(Duration::from_millis);
                let unheard = (ErrorCode::UnknownCommand, "no command is offered here");
                let incoming = Incoming::Call {
                    id: call.id,
                    command: call.command,
                    args: call.args,
                    deadline,
                };
                self.offer(call.id, incoming, unheard);
            }
            Frame::Request(request) => {
                if let Some(value) = self.shared.offers.tell(&request.name, clock::now()) {
                    let outcome = Ok(value);
                    self.say(&Frame::Result(Answer {
                        id: request.id,
                        outcome,
                    }));
                    return;
                }
                let unheard = (ErrorCode::UnknownRequestable, "nothing can be asked for here");
                let incoming = Incoming::Request {
                    id: request.id,
                    name: request.name,
                    args: request.args,
                };
                self.offer(request.id, incoming, unheard);
            }
            Frame::Text(text) => self.tell(Incoming::Text {
                from: text.from,
                body: text.body,
            }),
            Frame::Error(refusal) => match refusal.id {
                Some(id) => self.shared.pending.settle(id, Err(refused(refusal).into())),
                None => {
                    let refusal = refused(refusal);
                    self.last_words = Some(refusal.to_string());
                    self.tell(Incoming::Refused(refusal));
                }
            },
            Frame::Bye(bye) => {
                self.last_words = Some(bye.reason.clone());
                self.shared
                    .absence_ms
                    .store(bye.reconnect_after_ms.unwrap_or_default(), Ordering::Relaxed);
                let reconnect_after = bye.reconnect_after_ms.map(Duration::from_millis);
                self.tell(Incoming::Bye {
                    reason: bye.reason,
                    reconnect_after,
                });
                self.outbox.close(CloseReason::PeerClosed);
            }
            other => tracing::debug!(kind = other.kind(), "passed over a frame that makes no sense here"),
        }
    }

    /// Hands a question of the server over, or says why not.
    fn offer(&self, id: u64, incoming: Incoming, unheard: (ErrorCode, &str)) {
        let (code, message) = match self.shared.link.inbox.offer(incoming) {
            Fate::Queued => return,
            Fate::Full => (ErrorCode::Busy, "too much is waiting here already"),
            Fate::Unheard => unheard,
        };
        let outcome = Err(WireError {
            code,
            message: message.to_owned(),
            detail: None,
        });
        self.say(&Frame::Result(Answer { id, outcome }));
    }

    /// Hands over what needs no answer; when the queue is full it is counted there.
    fn tell(&self, incoming: Incoming) {
        self.shared.link.inbox.offer(incoming);
    }

    fn say(&self, frame: &Frame) {
        if let Err(err) = push(&self.outbox, self.shared.frame_bytes_max, frame) {
            tracing::debug!(%err, kind = frame.kind(), "could not answer the server");
        }
    }
}
