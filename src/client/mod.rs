//! The client library: one connection to a motorpool server, used by the console, the car unit, tests and benches.
//!
//! Owns the way from a call to its answer: many in flight at once, bounded, each with a deadline. What the server
//! sends by itself arrives in a bounded queue. It decides nothing and re-sends nothing; coming again after a cut
//! is [`reconnect`]'s.

mod answers;
pub mod clock;
mod connection;
mod datasock;
mod error;
pub mod files;
mod incoming;
mod offers;
mod options;
#[cfg(test)]
pub(crate) mod peer;
mod pending;
pub mod pictures;
pub mod reconnect;
#[cfg(test)]
mod tests;
pub mod unit;

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use tokio::net::ToSocketAddrs;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

pub use clock::ServerClock;
pub use datasock::Datasock;
pub use error::ClientError;
pub use files::Files;
pub use incoming::Incoming;
pub(crate) use offers::TOLD_BY_ALL;
pub use options::ConnectOptions;
pub use pictures::Pictures;
pub use reconnect::{LinkState, Pauses, Reconnecting};

use crate::runtime::{CloseReason, Outbox};
use crate::wire::{self, Answer, Args, Bye, Call, Frame, Ping, Request, Text, Value, Welcome, WireError};
use connection::{Shared, push};

/// How much longer than the server we wait, so that its own `timeout` is heard.
const DEADLINE_GRACE: Duration = Duration::from_secs(1);

/// How long a good-bye may take.
const BYE_MAX: Duration = Duration::from_secs(2);

/// A connection; clones share it. It closes when the last one is dropped.
#[derive(Clone)]
pub struct Client(Arc<Handle>);

struct Handle {
    outbox: Outbox,
    shared: Arc<Shared>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.outbox.close(CloseReason::PeerClosed);
    }
}

impl Client {
    /// Connects and says hello.
    ///
    /// Speaks TLS where `options.tls` says, to a server that `options.trust` believes.
    ///
    /// # Errors
    /// [`ClientError::NotReached`], [`ClientError::Untrusted`], [`ClientError::Refused`] with the server's reason, or [`ClientError::Timeout`].
    pub async fn connect(
        addr: impl ToSocketAddrs + Display,
        options: ConnectOptions,
    ) -> Result<(Self, Welcome), ClientError> {
        let link = connection::Link::new(&options);
        connection::connect(addr, &options, link).await
    }

    /// Runs a command by its name.
    ///
    /// # Errors
    /// The server's refusal, or that no answer came within the default of the options.
    pub async fn call(&self, command: &str, args: Args) -> Result<Value, ClientError> {
        let command = command.to_owned();
        let call = |id| {
            Frame::Call(Call {
                id,
                command,
                args,
                deadline_ms: None,
            })
        };
        self.ask(call, self.0.shared.call_timeout).await
    }

    /// As [`call`](Self::call), with the answer as a type of one's own.
    ///
    /// # Errors
    /// As `call`; [`ClientError::Protocol`] when the answer is of another shape.
    pub async fn call_as<T: DeserializeOwned>(&self, command: &str, args: Args) -> Result<T, ClientError> {
        let value = self.call(command, args).await?;
        value
            .deserialized()
            .map_err(|err| ClientError::Protocol(format!("{command} answered in another shape: {err}")))
    }

    /// As [`call`](Self::call); the server gives it up after `deadline`.
    ///
    /// # Errors
    /// As `call`; the server answers `timeout` when the deadline has passed.
    pub async fn call_within(&self, command: &str, args: Args, deadline: Duration) -> Result<Value, ClientError> {
        let command = command.to_owned();
        let deadline_ms = Some(u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX));
        let call = |id| {
            Frame::Call(Call {
                id,
                command,
                args,
                deadline_ms,
            })
        };
        self.ask(call, deadline.saturating_add(DEADLINE_GRACE)).await
    }

    /// Runs a command as people write it: `s.info()`. Other text goes to the operators.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn text_call(&self, body: &str) -> Result<Value, ClientError> {
        let body = body.to_owned();
        let text = |id| {
            Frame::Text(Text {
                body,
                from: None,
                id: Some(id),
            })
        };
        self.ask(text, self.0.shared.call_timeout).await
    }

    /// Asks the server for something it knows.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn request(&self, name: &str, args: Args) -> Result<Value, ClientError> {
        let name = name.to_owned();
        let request = |id| Frame::Request(Request { id, name, args });
        self.ask(request, self.0.shared.call_timeout).await
    }

    /// The time to the server and back; its clock is read on the way.
    ///
    /// # Errors
    /// [`ClientError::Timeout`], [`ClientError::Closed`], or [`ClientError::Protocol`] for a time that is none.
    pub async fn ping(&self) -> Result<Duration, ClientError> {
        let asked = Instant::now();
        let at = self
            .ask(|id| Frame::Ping(Ping { id }), self.0.shared.call_timeout)
            .await?;
        let round_trip = asked.elapsed();
        let at: Timestamp = at
            .as_text()
            .and_then(|at| at.parse().ok())
            .ok_or_else(|| ClientError::Protocol("got a pong without a time".to_owned()))?;
        self.0.shared.link.clock.observe(at, round_trip);
        Ok(round_trip)
    }

    /// What the server sends by itself. The queue has one reader: `None` when it was taken before, or when the
    /// options say that nobody listens.
    #[must_use]
    pub fn incoming(&self) -> Option<mpsc::Receiver<Incoming>> {
        self.0.shared.link.inbox.take()
    }

    /// How many incoming frames found the queue full: calls were answered `busy`, texts are lost, events come again.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.0.shared.link.inbox.missed()
    }

    /// Answers an incoming call or request.
    ///
    /// # Errors
    /// [`ClientError::Closed`]: the answer has not gone out.
    pub async fn answer(&self, id: u64, outcome: Result<Value, WireError>) -> Result<(), ClientError> {
        self.0.outbox.drained().await;
        push(
            &self.0.outbox,
            self.0.shared.frame_bytes_max,
            &Frame::Result(Answer { id, outcome }),
        )
    }

    /// The server's time, as near as it is known here.
    #[must_use]
    pub fn server_now(&self) -> Timestamp {
        self.0.shared.link.clock.now()
    }

    /// Why the connection is over, if it is.
    #[must_use]
    pub fn closed(&self) -> Option<ClientError> {
        self.0.shared.ended.borrow().clone()
    }

    /// Waits for the end of the connection and says why.
    pub async fn closing(&self) -> ClientError {
        let mut ended = self.0.shared.ended.subscribe();
        match ended.wait_for(Option::is_some).await {
            Ok(why) => why.clone().unwrap_or_else(ClientError::gone),
            Err(_) => ClientError::gone(),
        }
    }

    /// Says good-bye and closes, after everything that was pushed before has gone out.
    pub async fn bye(&self) {
        let mut last = bytes::BytesMut::new();
        let bye = Frame::Bye(Bye {
            reason: "done".to_owned(),
            reconnect_after_ms: None,
        });
        // A bye that cannot be encoded leaves a plain close, which says the same.
        drop(wire::encode(&bye, &mut last));
        self.0.outbox.close_with(CloseReason::PeerClosed, &last);
        drop(timeout(BYE_MAX, self.closing()).await);
    }

    /// How long the server's good-bye asked us to stay away.
    pub(crate) fn absence(&self) -> Duration {
        Duration::from_millis(self.0.shared.absence_ms.load(Ordering::Relaxed))
    }

    /// Closes at once; used when the peer has stopped answering.
    pub(crate) fn give_up(&self) {
        self.0.outbox.close(CloseReason::Idle);
    }

    /// One question and its answer.
    async fn ask(&self, frame: impl FnOnce(u64) -> Frame, wait_max: Duration) -> Result<Value, ClientError> {
        let shared = &self.0.shared;
        let answer = async {
            let slot = shared.slots.acquire().await.map_err(|_| ClientError::gone())?;
            self.0.outbox.drained().await;
            // Never the id of an earlier connection: the server would repeat the answer it gave there.
            let id = shared.link.ids.fetch_add(1, Ordering::Relaxed);
            let open = shared.pending.open(id)?;
            push(&self.0.outbox, shared.frame_bytes_max, &frame(id))?;
            let outcome = open.answer().await;
            drop(slot);
            outcome
        };
        match timeout(wait_max, answer).await {
            Ok(outcome) => outcome,
            Err(_) => Err(ClientError::Timeout { waited: wait_max }),
        }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("closed", &self.closed())
            .finish_non_exhaustive()
    }
}

/// Arguments by name.
#[must_use]
pub fn named<const COUNT: usize>(args: [(&str, Value); COUNT]) -> Args {
    Args::Name(args.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}
