//! One Socket.IO socket: who is on it, what it has sent, and who waits for an acknowledgement.
//!
//! Nobody is on it before somebody was let in. Its session is an actor like any other; this is what lies between that
//! and the transport. Holds the socket weakly, for the socket holds this.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use socketioxide::adapter::LocalAdapter;
use socketioxide::socket::Socket;

use super::coming::Entered;
use super::door::Door;
use super::inbox::{Fullness, Inbox};
use super::incoming::{self, Said};
use super::leaving::Farewell;
use super::outgoing::{Outcome, acknowledge};
use super::ticket::Ticket;
use crate::error::Error;
use crate::http::line::Control;
use crate::runtime::CloseReason;
use crate::wire::{ErrorCode, Frame, Value};

/// Frames' worth of bytes that may wait for a session before its peer is cut off.
const WAITING_FRAMES_MAX: usize = 8;

/// Ids that stand for acknowledgements start here. They never come again: on a resumed connection the same id
/// means the same call.
static ACK_IDS: AtomicU64 = AtomicU64::new(1 << 48);

/// Who is on a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nobody has come in.
    Nobody,
    /// Somebody is being looked at; what they say meanwhile waits.
    Entering,
    /// A guest, who may still say who they are.
    Guest,
    /// Somebody.
    Known,
    /// The socket is over.
    Ended,
}

pub(super) struct State {
    pub(super) stage: Stage,
    /// Which session of this socket it is; a guest who signs in gets another.
    pub(super) life: u64,
    pub(super) inbox: Inbox,
    /// Who was let in before the socket is connected.
    pub(super) expected: Option<Entered>,
    /// The client of the session, once there is one.
    pub(super) client_id: Option<Arc<str>>,
    /// Whether its client is to come again by itself.
    comes_again: bool,
}

/// What lies between a session and its transport.
pub(super) struct Port {
    pub(super) door: Arc<Door>,
    pub(super) address: SocketAddr,
    pub(super) ticket: Arc<Ticket>,
    pub(super) socket: Weak<Socket<LocalAdapter>>,
    state: Mutex<State>,
    /// Acknowledgements that answers are wanted as, by id. Not more than there are calls waiting or open.
    wanted: Mutex<HashMap<u64, i64>>,
    /// Bytes that polls have fetched.
    fetched: AtomicU64,
    pub(super) farewell: Farewell,
}

impl Port {
    pub(super) fn new(door: &Arc<Door>, ticket: Arc<Ticket>, socket: &Arc<Socket<LocalAdapter>>) -> Arc<Self> {
        let state = State {
            stage: Stage::Nobody,
            life: 0,
            inbox: Inbox::default(),
            expected: None,
            client_id: None,
            comes_again: true,
        };
        Arc::new(Self {
            door: Arc::clone(door),
            address: ticket.address(),
            ticket,
            socket: Arc::downgrade(socket),
            state: Mutex::new(state),
            wanted: Mutex::default(),
            fetched: AtomicU64::new(0),
            farewell: Farewell::default(),
        })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn waiting(&self) -> MutexGuard<'_, HashMap<u64, i64>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An event of the client.
    pub(super) fn hear(self: &Arc<Self>, text: &str, attachments: incoming::Attachments, ack: Option<i64>) {
        let id = ack.map(|_| ACK_IDS.fetch_add(1, Ordering::Relaxed));
        let bytes = incoming::bytes_of(text, attachments.as_ref());
        self.ticket.received(bytes);
        let said = incoming::read(text, attachments).and_then(|(name, args)| incoming::meaning(&name, args, id));
        match said {
            Ok(Said::Frame(frame)) => self.take(frame, bytes, id.zip(ack)),
            Ok(Said::Enter(entry)) => self.come_in(*entry, ack),
            Err(err) => self.refuse(ack, &err),
        }
    }

    /// Hands a frame to the session.
    fn take(self: &Arc<Self>, frame: Frame, bytes: usize, wanted: Option<(u64, i64)>) {
        let inbox = {
            let state = self.lock();
            match state.stage {
                Stage::Ended => return,
                Stage::Nobody => {
                    drop(state);
                    let message = "nobody is signed in on this socket: say `hello`, `new_client` or `new_bot` first";
                    let err = Error::new(ErrorCode::Unauthenticated, message);
                    return self.refuse(wanted.map(|(_, ack)| ack), &err);
                }
                Stage::Entering | Stage::Guest | Stage::Known => state.inbox.clone(),
            }
        };
        match wanted {
            Some((_, ack)) if !incoming::is_answered(&frame) => self.tell(ack, &Outcome::Ok(&Value::Null)),
            Some((id, ack)) => {
                self.waiting().insert(incoming::id_of(&frame).unwrap_or(id), ack);
            }
            None => {}
        }
        let bytes_max = self
            .door
            .house
            .config
            .limits
            .frame_bytes
            .saturating_mul(WAITING_FRAMES_MAX);
        match inbox.push(frame, bytes, bytes_max) {
            Fullness::Roomy => {}
            Fullness::Enough => self.pause(inbox),
            Fullness::Over => self.cut_off(),
        }
    }

    /// What an answer with this id is wanted as.
    pub(super) fn wanted(&self, id: u64) -> Option<i64> {
        self.waiting().get(&id).copied()
    }

    /// An answer has gone out.
    pub(super) fn answered(&self, id: u64) {
        self.waiting().remove(&id);
    }

    /// The client is there, as Engine.IO knows.
    pub(super) fn is_alive(&self) {
        let inbox = self.lock().inbox.clone();
        inbox.is_alive();
    }

    /// What its transport or its acknowledgements say in the client's name.
    pub(super) fn say_for_it(self: &Arc<Self>, frame: Frame) {
        let bytes = incoming::weight_of(&frame);
        self.take(frame, bytes, None);
    }

    /// Waits while the session has not taken what was sent.
    pub(super) async fn room(&self) {
        let inbox = self.lock().inbox.clone();
        inbox.room().await;
    }

    pub(super) fn refuse(&self, ack: Option<i64>, err: &Error) {
        match (ack, self.socket.upgrade()) {
            (Some(ack), Some(_)) => self.tell(ack, &Outcome::Error(&err.to_wire())),
            (None, Some(socket)) => {
                if let Frame::Error(refusal) = err.to_frame(None) {
                    drop(socket.emit("error", &refusal));
                }
            }
            (_, None) => {}
        }
    }

    /// Acknowledges at once. Who does not read misses it: it is cut off for that soon.
    pub(super) fn tell(&self, ack: i64, outcome: &Outcome<'_>) {
        if let Some(socket) = self.socket.upgrade() {
            acknowledge(&socket, ack, outcome);
        }
    }

    fn cut_off(self: &Arc<Self>) {
        let message = "more was sent than is served: wait for acknowledgements";
        self.refuse(None, &Error::new(ErrorCode::Busy, message));
        self.end(CloseReason::Flooded);
    }

    /// A session of this socket is over, and says why by itself; with the last one the socket is.
    pub(super) fn over(self: &Arc<Self>, life: u64) {
        let is_last = self.lock().life == life;
        if is_last {
            self.close();
        }
    }

    /// A poll was answered with so many bytes.
    pub(super) fn fetched(&self, bytes: u64) {
        self.fetched.fetch_add(bytes, Ordering::AcqRel);
    }

    /// Bytes that polls have fetched.
    pub(super) fn all_fetched(&self) -> u64 {
        self.fetched.load(Ordering::Acquire)
    }

    /// Whoever reads this is to come again by itself, or not.
    pub(super) fn farewell(&self, comes_again: bool) {
        self.lock().comes_again = comes_again;
    }

    /// Reads no more from a WebSocket until the session has taken what was read; a POST waits by itself.
    fn pause(&self, inbox: Inbox) {
        let Some(line) = self.line() else { return };
        if line.pause() {
            drop(tokio::spawn(async move {
                inbox.room().await;
                line.go_on();
            }));
        }
    }

    /// The connection of its WebSocket, if it has one.
    pub(super) fn line(&self) -> Option<Arc<Control>> {
        self.line_of(&*self.socket.upgrade()?)
    }

    /// Whether nothing more is heard or said here.
    pub(super) fn is_ended(&self) -> bool {
        self.lock().stage == Stage::Ended
    }

    /// Ends the socket, for this reason unless it is over already.
    pub(super) fn end(self: &Arc<Self>, reason: CloseReason) {
        if self.close() {
            self.ticket.note(&reason);
        }
    }

    /// The transport has ended by itself, for this reason unless the socket was over already.
    pub(super) fn gone(&self, reason: CloseReason) {
        if self.stop().is_some() {
            self.ticket.note(&reason);
        }
    }

    /// Ends the socket. `false` when it is over already.
    fn close(self: &Arc<Self>) -> bool {
        let Some(comes_again) = self.stop() else { return false };
        if let Some(socket) = self.socket.upgrade() {
            self.leave(socket, comes_again);
        }
        true
    }

    /// From here on nothing is heard; says whether the client is to come again by itself. `None`: it was over already.
    fn stop(&self) -> Option<bool> {
        let (inbox, comes_again) = {
            let mut state = self.lock();
            if state.stage == Stage::Ended {
                return None;
            }
            state.stage = Stage::Ended;
            state.expected = None;
            (state.inbox.clone(), state.comes_again)
        };
        inbox.end();
        self.waiting().clear();
        Some(comes_again)
    }
}
