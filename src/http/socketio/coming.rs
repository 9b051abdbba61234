//! Somebody comes in on a socket: looked at, let in, given a session; or sent away for not coming in time.

use std::sync::Arc;
use std::time::Duration;

use super::entry::Entry;
use super::outgoing::{Outcome, Voice};
use super::port::{Port, Stage};
use super::sink::Sink;
use crate::error::Error;
use crate::runtime::CloseReason;
use crate::session::admission::{Admitted, admit_by};
use crate::session::entering;
use crate::wire::{ErrorCode, Value};

/// Somebody who was let in.
pub(super) struct Entered {
    admitted: Admitted,
    is_guest: bool,
    /// The username, where a client of the first system speaks.
    original: Option<String>,
}

impl Port {
    /// Lets somebody in on a socket where nobody is, or a guest.
    pub(super) fn come_in(self: &Arc<Self>, entry: Entry, ack: Option<i64>) {
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

    /// The client of its session.
    pub(super) fn client_id(&self) -> Option<Arc<str>> {
        self.lock().client_id.clone()
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
            state.client_id = Some(Arc::clone(&entered.admitted.standing.client_id));
            (state.life, state.inbox.clone())
        };
        let (house, port) = (self.door.house.clone(), Arc::clone(self));
        let is_original = entered.original.is_some();
        let sink = Sink::new(Voice::new(socket, entered.original), Arc::clone(self), life);
        let started = self.door.house.arbiters.next().spawn_fn(move || {
            drop(actix_rt::spawn(async move {
                let (ticket, address) = (Arc::clone(&port.ticket), port.address);
                let incoming = move |room| inbox.frames(room);
                let ended = move |reason: &CloseReason| ticket.note(reason);
                entering::enter(house, address, entered.admitted, is_original, incoming, sink, ended).await;
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
}
