//! One Socket.IO socket: who is on it, what it has sent, and who waits for an acknowledgement.
//!
//! Nobody is on it before somebody was let in. Its session is an actor like any other; this is what lies between that
//! and the transport. Holds the socket weakly, for the socket holds this.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use socketioxide::TransportType;
use socketioxide::adapter::LocalAdapter;
use socketioxide::extract::SocketRef;
use socketioxide::socket::Socket;

use super::door::Door;
use super::entry::Entry;
use super::inbox::{Fullness, Inbox};
use super::incoming::{self, Said};
use super::outgoing::{Outcome, Voice, acknowledge};
use super::sink::Sink;
use super::ticket::Ticket;
use crate::error::Error;
use crate::http::line::Control;
use crate::runtime::CloseReason;
use crate::session::admission::{Admitted, admit_by};
use crate::session::entering;
use crate::wire::{ErrorCode, Frame, Value};

/// Frames' worth of bytes that may wait for a session before its peer is cut off.
const WAITING_FRAMES_MAX: usize = 8;

/// Ids that stand for acknowledgements start here. They never come again: on a resumed connection the same id
/// means the same call.
static ACK_IDS: AtomicU64 = AtomicU64::new(1 << 48);

/// Who is on a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
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

struct State {
    stage: Stage,
    /// Which session of this socket it is; a guest who signs in gets another.
    life: u64,
    inbox: Inbox,
    /// Who was let in before the socket is connected.
    expected: Option<Entered>,
    /// Whether its client is to come again by itself.
    comes_again: bool,
}

/// What lies between a session and its transport.
pub(super) struct Port {
    door: Arc<Door>,
    address: SocketAddr,
    ticket: Arc<Ticket>,
    socket: Weak<Socket<LocalAdapter>>,
    state: Mutex<State>,
    /// Acknowledgements that answers are wanted as, by id. Not more than there are calls waiting or open.
    wanted: Mutex<HashMap<u64, i64>>,
    /// Bytes that polls have fetched.
    fetched: AtomicU64,
}

impl Port {
    pub(super) fn new(door: &Arc<Door>, ticket: Arc<Ticket>, socket: &Arc<Socket<LocalAdapter>>) -> Arc<Self> {
        let state = State {
            stage: Stage::Nobody,
            life: 0,
            inbox: Inbox::default(),
            expected: None,
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
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<u64, i64>> {
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
    fn take(&self, frame: Frame, bytes: usize, wanted: Option<(u64, i64)>) {
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

    /// Lets somebody in on a socket where nobody is, or a guest.
    fn come_in(self: &Arc<Self>, entry: Entry, ack: Option<i64>) {
        let old = {
            let mut state = self.lock();
            match state.stage {
                Stage::Nobody | Stage::Guest => {}
                Stage::Ended => return,
                Stage::Entering | Stage::Known => {
                    drop(state);
                    let message = "somebody is signed in on this socket already: open another";
                    return self.refuse(ack, &Error::new(ErrorCode::NotNow, message));
                }
            }
            state.stage = Stage::Entering;
            state.life += 1;
            std::mem::take(&mut state.inbox)
        };
        old.end();
        self.waiting().clear();
        let port = Arc::clone(self);
        drop(tokio::spawn(async move {
            match port.look_at(entry).await {
                Ok(entered) => {
                    if let Some(ack) = ack {
                        port.tell(ack, &Outcome::Ok(&Value::Null));
                    }
                    port.open(entered);
                }
                Err(err) => {
                    entering::refused(port.address, &err);
                    port.refuse(ack, &err);
                    port.end(CloseReason::BadLogin);
                }
            }
        }));
    }

    /// Decides on somebody who wants in.
    pub(super) async fn look_at(&self, entry: Entry) -> Result<Entered, Error> {
        let Some(pass) = self.door.house.handshakes.try_enter() else {
            return Err(Error::new(ErrorCode::Busy, "too many are coming in at this moment"));
        };
        let is_guest = entry.is_guest();
        let admitted = admit_by(&self.door.house, entry.hello, entry.proof, self.address.ip()).await?;
        drop(pass);
        if let Some(claims) = &entry.claims {
            let standing = &admitted.standing;
            let name = standing.name();
            let proved = standing.username.as_deref().unwrap_or(name.as_str());
            if proved != claims {
                return Err(Error::new(ErrorCode::BadLogin, "the login is not valid"));
            }
        }
        Ok(Entered {
            original: entry.is_original.then_some(entry.claims).flatten(),
            is_guest,
            admitted,
        })
    }

    /// Somebody was let in, and gets a session once the socket is connected.
    pub(super) fn expect(&self, entered: Entered) {
        let mut state = self.lock();
        if state.stage == Stage::Nobody {
            state.stage = Stage::Entering;
            state.expected = Some(entered);
        }
    }

    /// The socket is connected.
    pub(super) fn begin(self: &Arc<Self>) {
        let expected = self.lock().expected.take();
        match expected {
            Some(entered) => self.open(entered),
            None => self.await_somebody(),
        }
    }

    /// Whether its transport comes from here.
    pub(super) fn is_from_this_machine(&self) -> bool {
        self.address.ip().is_loopback()
    }

    /// Who was let in gets a session.
    fn open(self: &Arc<Self>, entered: Entered) {
        let Some(socket) = self.socket.upgrade() else { return };
        let (life, inbox) = {
            let mut state = self.lock();
            if state.stage == Stage::Ended {
                return;
            }
            state.stage = if entered.is_guest { Stage::Guest } else { Stage::Known };
            (state.life, state.inbox.clone())
        };
        let (house, port) = (self.door.house.clone(), Arc::clone(self));
        let sink = Sink::new(Voice::new(socket, entered.original), Arc::clone(self), life);
        let started = self.door.house.arbiters.next().spawn_fn(move || {
            drop(actix_rt::spawn(async move {
                let (ticket, address) = (Arc::clone(&port.ticket), port.address);
                let incoming = move |room| inbox.frames(room);
                let ended = move |reason: &CloseReason| ticket.note(reason);
                entering::enter(house, address, entered.admitted, incoming, sink, ended).await;
            }));
        });
        if !started {
            tracing::error!("an arbiter is gone; a Socket.IO client gets no session");
            self.end(CloseReason::Abandoned);
        }
    }

    /// Nobody has been let in yet; whoever has not come in within the time of a handshake is sent away.
    fn await_somebody(self: &Arc<Self>) {
        let port = Arc::clone(self);
        let patience = Duration::from_millis(self.door.house.config.limits.handshake_ms);
        drop(tokio::spawn(async move {
            tokio::time::sleep(patience).await;
            if port.lock().stage == Stage::Nobody {
                let message = format!("nobody signed in within {} ms", patience.as_millis());
                port.refuse(None, &Error::new(ErrorCode::Timeout, message));
                port.end(CloseReason::HandshakeTimeout);
            }
        }));
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
    pub(super) fn say_for_it(&self, frame: Frame) {
        let bytes = incoming::weight_of(&frame);
        self.take(frame, bytes, None);
    }

    /// Waits while the session has not taken what was sent.
    pub(super) async fn room(&self) {
        let inbox = self.lock().inbox.clone();
        inbox.room().await;
    }

    fn refuse(&self, ack: Option<i64>, err: &Error) {
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
    fn tell(&self, ack: i64, outcome: &Outcome<'_>) {
        if let Some(socket) = self.socket.upgrade() {
            acknowledge(&socket, ack, outcome);
        }
    }

    fn cut_off(&self) {
        let message = "more was sent than is served: wait for acknowledgements";
        self.refuse(None, &Error::new(ErrorCode::Busy, message));
        self.end(CloseReason::Flooded);
    }

    /// A session of this socket is over; with the last one the socket is.
    pub(super) fn over(&self, life: u64) {
        if self.lock().life == life {
            self.end(CloseReason::PeerClosed);
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
        let socket = self.socket.upgrade()?;
        match socket.transport_type() {
            TransportType::Websocket => Some(self.door.upgraded(&socket.id).unwrap_or_else(|| self.ticket.line())),
            TransportType::Polling => None,
        }
    }

    /// Ends the socket. A reason that its session gave before is right.
    pub(super) fn end(&self, reason: CloseReason) {
        let (inbox, comes_again) = {
            let mut state = self.lock();
            if state.stage == Stage::Ended {
                return;
            }
            state.stage = Stage::Ended;
            state.expected = None;
            (state.inbox.clone(), state.comes_again)
        };
        self.ticket.note(&reason);
        inbox.end();
        self.waiting().clear();
        let line = self.line();
        if let Some(socket) = self.socket.upgrade() {
            let (sid, protocol) = (socket.id, socket.protocol());
            if !comes_again {
                // A client that hears this stays away. Without a place for it the transport ends all the same.
                drop(SocketRef::from(socket).disconnect());
            }
            match line {
                Some(line) => line.finish(),
                None => self.door.hang_up(sid, protocol),
            }
        }
    }
}

/// Somebody who was let in.
pub(super) struct Entered {
    admitted: Admitted,
    is_guest: bool,
    /// The username, where a client of the first system speaks.
    original: Option<String>,
}
