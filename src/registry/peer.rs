//! How the house reaches one connected client: its outbox, and the questions it still owes answers to.
//!
//! A [`Peer`] never waits: a question is a frame pushed to the outbox and a place kept for the answer,
//! so a service may ask a session without the two ever waiting for each other.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::BytesMut;
use tokio::sync::oneshot;

use crate::error::Error;
use crate::runtime::metrics::asks_late;
use crate::runtime::{CloseReason, Outbox, OutboxError};
use crate::wire::{self, Answer, Frame, WireError};

/// Questions one client may owe answers to.
pub(crate) const ASKS_PENDING_MAX: usize = 64;

/// Ids of the session's own questions start here; below are the ids of car commands, which come from the
/// store and stay valid on a later connection.
const ASK_ID_FIRST: u64 = 1 << 48;

/// No ping was answered yet.
const NEVER_PINGED: u32 = u32::MAX;

/// What a client answered: CBOR of its value, or its error.
pub(crate) type Answered = Result<wire::Value, WireError>;

/// Why a question could not be put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AskError {
    /// Too many questions are open.
    #[error("{ASKS_PENDING_MAX} questions to this client are open, which is the most")]
    Full,
    /// The connection ended.
    #[error("the client's connection ended")]
    Closed,
}

/// A connected client from the house's side; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    /// Which connection this is; a resumed client gets a new one.
    pub(crate) connection: u64,
    outbox: Outbox,
    asks: Arc<Asks>,
}

#[derive(Debug)]
struct Asks {
    open: Mutex<HashMap<u64, oneshot::Sender<Answered>>>,
    next: AtomicU64,
    /// Milliseconds of the last ping's round trip.
    ping_ms: AtomicU32,
}

impl Peer {
    /// A peer over the outbox of a connection.
    pub(crate) fn new(connection: u64, outbox: Outbox) -> Self {
        let asks = Asks {
            open: Mutex::new(HashMap::new()),
            next: AtomicU64::new(ASK_ID_FIRST),
            ping_ms: AtomicU32::new(NEVER_PINGED),
        };
        Self {
            connection,
            outbox,
            asks: Arc::new(asks),
        }
    }

    /// The bytes on their way.
    pub(crate) fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// It answered a ping after so long.
    pub(crate) fn answered_ping(&self, after: Duration) {
        let ms = u32::try_from(after.as_millis()).unwrap_or(NEVER_PINGED - 1);
        self.asks.ping_ms.store(ms, Ordering::Relaxed);
    }

    /// Milliseconds its last answer to a ping took; `None` when it was never pinged or never answered.
    pub(crate) fn ping_ms(&self) -> Option<u32> {
        let ms = self.asks.ping_ms.load(Ordering::Relaxed);
        (ms != NEVER_PINGED).then_some(ms)
    }

    /// Sends one frame, or learns that the client is gone or too slow.
    pub(crate) fn push(&self, frame: &Frame) -> Result<(), OutboxError> {
        let mut fault = None;
        let pushed = self.outbox.push_with(|out| fault = wire::encode(frame, out).err());
        if let Some(err) = fault {
            tracing::error!(frame.kind = frame.kind(), %err, "a frame of ours could not be encoded");
        }
        pushed
    }

    /// Puts a question whose id comes from the session's own range.
    pub(crate) fn ask(&self, frame: impl FnOnce(u64) -> Frame) -> Result<oneshot::Receiver<Answered>, AskError> {
        let id = self.asks.next.fetch_add(1, Ordering::Relaxed);
        self.ask_as(id, &frame(id))
    }

    /// Puts a question made for its id, or passes on why it cannot be made. Nothing of it stays when the
    /// [`Question`] is dropped.
    pub(crate) fn question<E>(
        &self,
        frame: impl FnOnce(u64) -> Result<Frame, E>,
    ) -> Result<Result<Question, AskError>, E> {
        let id = self.asks.next.fetch_add(1, Ordering::Relaxed);
        let frame = frame(id)?;
        Ok(self.ask_as(id, &frame).map(|answer| Question {
            peer: self.clone(),
            id,
            answer,
        }))
    }

    /// Puts a question under a given id.
    pub(crate) fn ask_as(&self, id: u64, frame: &Frame) -> Result<oneshot::Receiver<Answered>, AskError> {
        let (tx, rx) = oneshot::channel();
        {
            let mut open = self.asks.open.lock().unwrap_or_else(PoisonError::into_inner);
            // Askers that gave up leave their place; it is taken back here, so the bound is one of live questions.
            if open.len() >= ASKS_PENDING_MAX {
                open.retain(|_, asker| !asker.is_closed());
            }
            if open.len() >= ASKS_PENDING_MAX {
                return Err(AskError::Full);
            }
            open.insert(id, tx);
        }
        self.push(frame).map_err(|_| {
            self.forget(id);
            AskError::Closed
        })?;
        Ok(rx)
    }

    /// Gives an answer to whoever waits for it; gives it back when nobody does and it may still matter, which
    /// a late one to the session's own question does not.
    pub(crate) fn answered(&self, answer: Answer) -> Option<Answer> {
        let mut open = self.asks.open.lock().unwrap_or_else(PoisonError::into_inner);
        match open.remove(&answer.id) {
            Some(asker) if !asker.is_closed() => {
                drop(asker.send(answer.outcome));
                None
            }
            _ if answer.id >= ASK_ID_FIRST => {
                asks_late();
                None
            }
            _ => Some(answer),
        }
    }

    /// Nobody waits for this answer any more.
    pub(crate) fn forget(&self, id: u64) {
        self.asks
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id);
    }

    /// The connection ended: everybody who waits hears it.
    pub(crate) fn abandon(&self) {
        self.asks.open.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Ends the connection with a `bye` that says why.
    pub(crate) fn close(&self, reason: CloseReason) {
        let bye = Frame::Bye(wire::Bye {
            reason: reason.as_str().to_owned(),
            reconnect_after_ms: reason.reconnect_after_ms(),
        });
        self.close_with(reason, &bye);
    }

    /// Ends the connection with an error frame.
    pub(crate) fn close_with_error(&self, err: &Error, reason: CloseReason) {
        self.close_with(reason, &err.to_frame(None));
    }

    fn close_with(&self, reason: CloseReason, last: &Frame) {
        let mut out = BytesMut::new();
        if wire::encode(last, &mut out).is_ok() {
            self.outbox.close_with(reason, &out);
        } else {
            self.outbox.close(reason);
        }
    }
}

/// One open question; its place is free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Question {
    peer: Peer,
    id: u64,
    answer: oneshot::Receiver<Answered>,
}

impl Question {
    /// The answer; an error when the connection ended before it came.
    pub(crate) async fn answer(mut self) -> Result<Answered, oneshot::error::RecvError> {
        (&mut self.answer).await
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        self.peer.forget(self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::{OutboxLimits, outbox};

    const LIMITS: OutboxLimits = OutboxLimits {
        soft_bytes: 4_096,
        hard_bytes: 65_536,
        stall_max: std::time::Duration::from_secs(1),
        flush_max: std::time::Duration::from_secs(1),
    };

    fn peer() -> Peer {
        let (outbox, writer) = outbox(tokio::io::sink(), LIMITS);
        actix_rt::spawn(writer);
        Peer::new(1, outbox)
    }

    fn ping(id: u64) -> Frame {
        Frame::Ping(wire::Ping { id })
    }

    fn answer(id: u64) -> Answer {
        Answer {
            id,
            outcome: Ok(wire::Value::Null),
        }
    }

    #[actix::test]
    async fn an_answer_reaches_the_one_who_asked() {
        let peer = peer();
        let asked = peer.ask_as(7, &ping(7)).unwrap();
        assert!(peer.answered(answer(8)).is_some(), "nobody asked 8");
        assert!(peer.answered(answer(7)).is_none());
        assert_eq!(asked.await.unwrap(), Ok(wire::Value::Null));
        assert!(peer.answered(answer(7)).is_some(), "answered once");
    }

    #[actix::test]
    async fn questions_are_bounded_and_given_up_ones_do_not_count() {
        let peer = peer();
        let mut open: Vec<_> = (0..ASKS_PENDING_MAX).map(|_| peer.ask(ping).unwrap()).collect();
        assert_eq!(peer.ask(ping).unwrap_err(), AskError::Full);
        open.pop();
        assert!(peer.ask(ping).is_ok());
    }

    #[actix::test]
    async fn a_question_that_is_given_up_leaves_nothing_and_its_late_answer_is_nobodys() {
        let peer = peer();
        let ask = || peer.question(|id| Ok::<_, ()>(ping(id))).unwrap();
        let question = ask().unwrap();
        let late = answer(question.id);
        drop(question);
        assert!(peer.asks.open.lock().unwrap().is_empty());
        assert!(peer.answered(late).is_none());
        let open: Vec<_> = (0..ASKS_PENDING_MAX).map(|_| ask().unwrap()).collect();
        assert_eq!(ask().unwrap_err(), AskError::Full);
        drop(open);
        assert!(peer.asks.open.lock().unwrap().is_empty());
        assert!(peer.question(|_| Err::<Frame, _>("no such frame")).is_err());
    }

    #[actix::test]
    async fn a_vanished_client_answers_everybody_with_silence_ended() {
        let peer = peer();
        let asked = peer.ask(ping).unwrap();
        peer.abandon();
        assert!(asked.await.is_err());
    }
}
