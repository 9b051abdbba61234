//! The end of a socket: its last words are in its client's hands before its transport ends, or their time is over.
//!
//! Engine.IO ends a transport with whatever nobody has fetched, and at once when its client says anything to a namespace that
//! it has left. So what such a client posts goes no further than here; and a poll that has to wait proves that all before
//! it was fetched.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::future::{Either, select};
use socketioxide::adapter::LocalAdapter;
use socketioxide::socket::{Sid, Socket};
use socketioxide::{ProtocolVersion, SocketError};
use tokio::sync::{RwLock, RwLockReadGuard, watch};

use super::door::{Door, PATH};
use super::port::Port;
use super::rules::is_parting;
use crate::http::line::Control;

/// Pause before the last packet is offered again to a transport that had no place for it.
const AGAIN_EVERY: Duration = Duration::from_millis(5);

/// How far the end of a socket has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// More may be said.
    Open,
    /// Engine.IO has the last word.
    Said,
    /// The client has it, or wants no more.
    Heard,
}

/// What the end of a socket has to wait for.
pub(super) struct Farewell {
    step: watch::Sender<Step>,
    /// Whether a poll waits: then there is nothing that was not fetched.
    is_all_fetched: AtomicBool,
    /// Shared by what is being handed on to Engine.IO.
    posts: RwLock<()>,
}

impl Default for Farewell {
    fn default() -> Self {
        Self {
            step: watch::Sender::new(Step::Open),
            is_all_fetched: AtomicBool::new(false),
            posts: RwLock::default(),
        }
    }
}

impl Farewell {
    /// Waits while the socket is being taken from its namespace; held while something is handed on, which that waits for.
    pub(super) async fn hand_on(&self) -> RwLockReadGuard<'_, ()> {
        self.posts.read().await
    }

    /// Answers a poll. One that waits although the last word was said has all of it before.
    pub(super) async fn poll<T>(&self, answered: impl Future<Output = T>) -> T {
        let mut step = self.step.subscribe();
        let said = pin!(async move { drop(step.wait_for(|step| *step >= Step::Said).await) });
        let mut answered = pin!(answered);
        let answered = poll_fn(|cx| {
            let answer = answered.as_mut().poll(cx);
            self.is_all_fetched.store(answer.is_pending(), Ordering::Release);
            answer
        });
        // Looks at the answer first: what is there to be fetched is fetched.
        match select(answered, said).await {
            Either::Left((answer, _)) => answer,
            Either::Right(((), answered)) => {
                self.heard();
                answered.await
            }
        }
    }

    /// Whether a poll waits, and so all was fetched that came before.
    pub(super) fn is_all_fetched(&self) -> bool {
        self.is_all_fetched.load(Ordering::Acquire)
    }

    fn heard(&self) {
        self.step.send_replace(Step::Heard);
    }

    /// Waits until the client has what was said.
    async fn said(&self) {
        self.step.send_if_modified(|step| {
            let is_news = *step < Step::Said;
            *step = (*step).max(Step::Said);
            is_news
        });
        // Fails when the sender is gone, which is this.
        drop(self.step.subscribe().wait_for(|step| *step == Step::Heard).await);
    }
}

/// Sockets that have left their namespace, each until its transport ends.
#[derive(Default)]
pub(super) struct Leaving(Mutex<HashMap<Sid, Arc<Port>>>);

impl Leaving {
    fn lock(&self) -> MutexGuard<'_, HashMap<Sid, Arc<Port>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who was on it.
    pub(super) fn find(&self, sid: &Sid) -> Option<Arc<Port>> {
        self.lock().get(sid).cloned()
    }
}

impl Port {
    /// Ends the transport of a socket on which nothing more is said.
    pub(super) fn leave(self: &Arc<Self>, socket: Arc<Socket<LocalAdapter>>, comes_again: bool) {
        let line = self.line_of(&socket);
        if let Some(line) = line
            && (comes_again || take_out(&socket))
        {
            // A WebSocket says what it was given before it ends.
            return line.finish();
        }
        let sid = socket.id;
        self.door.leaving.lock().insert(sid, Arc::clone(self));
        let port = Arc::clone(self);
        drop(self.door.runtime.spawn(async move {
            let patience = Duration::from_millis(port.door.house.config.limits.flush_ms);
            let heard = tokio::time::timeout(patience, port.part(&socket, comes_again)).await;
            if heard.is_err() {
                tracing::debug!(%sid, "a Socket.IO client did not fetch its last words in time");
            }
            // A poll may have become a WebSocket meanwhile.
            match port.line_of(&socket) {
                Some(line) => line.finish(),
                None => port.door.hang_up(sid, socket.protocol()).await,
            }
            port.door.leaving.lock().remove(&sid);
        }));
    }

    /// Says the last word, and waits until it is heard.
    async fn part(&self, socket: &Arc<Socket<LocalAdapter>>, comes_again: bool) {
        let handed_on = self.farewell.posts.write().await;
        while !comes_again && !take_out(socket) {
            tokio::time::sleep(AGAIN_EVERY).await;
        }
        drop(handed_on);
        if self.line_of(socket).is_none() {
            self.farewell.said().await;
        }
    }

    /// Answers what a client posts when its socket is over: it is taken, and means nothing but that the client leaves.
    pub(super) async fn say_no_more(&self, request: Request) -> Response {
        let bytes_max = self.door.house.config.limits.frame_bytes;
        let posted = to_bytes(request.into_body(), bytes_max).await;
        if posted.is_ok_and(|posted| is_parting(&posted)) {
            self.farewell.heard();
        }
        "ok".into_response()
    }

    /// The connection of a socket's WebSocket, if it has one.
    pub(super) fn line_of(&self, socket: &Socket<LocalAdapter>) -> Option<Arc<Control>> {
        match socket.transport_type() {
            socketioxide::TransportType::Websocket => {
                Some(self.door.upgraded(&socket.id).unwrap_or_else(|| self.ticket.line()))
            }
            socketioxide::TransportType::Polling => None,
        }
    }
}

/// Takes a socket out of its namespace; a client that hears this stays away. `false`: there is no place for that packet now.
fn take_out(socket: &Arc<Socket<LocalAdapter>>) -> bool {
    let said = Arc::clone(socket).disconnect();
    !matches!(said, Err(SocketError::InternalChannelFull))
}

impl Door {
    /// Ends a transport that polls, as its client would: Engine.IO has no other way to end one.
    async fn hang_up(&self, sid: Sid, protocol: ProtocolVersion) {
        let (version, body) = match protocol {
            ProtocolVersion::V4 => (3, "1:1"),
            ProtocolVersion::V5 => (4, "1"),
        };
        let uri = format!("{PATH}/?EIO={version}&transport=polling&sid={sid}");
        if let Ok(request) = Request::post(uri).body(Body::from(body)) {
            // Of a transport that has ended already nothing is known any more.
            drop(self.serve(request).await);
        }
    }
}
