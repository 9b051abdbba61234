//! A socket joins: what it shows in `auth`, in its headers or by the cookie of a session decides who is on it.
//!
//! Who shows nothing is a guest where guests are let in, and else has the time of a handshake to say who they are.

use std::fmt;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::request::Parts;
use socketioxide::ProtocolVersion;
use socketioxide::socket::DisconnectReason;

use super::door::Door;
use super::entry::{Entry, secret};
use super::extract::{Arriving, Hearer};
use super::port::Port;
use super::ticket::Ticket;
use crate::error::Error;
use crate::http::rules::{cookie_may_change, is_this_machine, site};
use crate::http::who::{Credentials, OWN_HEADER};
use crate::runtime::CloseReason;
use crate::session::entering;
use crate::wire::{ErrorCode, ScanLimits, Value, strict};

/// How long a refused client of the older protocol has to take the refusal; the newer has a bound of its own.
const REFUSAL_MAX: Duration = Duration::from_secs(1);

/// Why a socket was not connected, as its client reads it: the code, then the text.
pub(super) struct Refused(Error);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code(), self.0.message())
    }
}

/// Before a socket is connected: decides who is on it.
pub(super) async fn admit(door: Arc<Door>, arriving: Arriving) -> Result<(), Refused> {
    let socket = &arriving.socket;
    let parts = socket.req_parts();
    let Some(ticket) = parts.extensions.get::<Arc<Ticket>>() else {
        let message = "the transport came in by no door";
        return Err(Refused(Error::new(ErrorCode::Internal, message)));
    };
    let port = Port::new(&door, Arc::clone(ticket), socket);
    let hearing = Arc::clone(&port);
    // Before anybody is connected, so that nothing they say first is missed.
    socket.on_fallback(Hearer(move |text: &str, attachments, ack| {
        hearing.hear(text, attachments, ack);
    }));
    let ending = Arc::clone(&port);
    socket.on_disconnect(move |reason: DisconnectReason| {
        match reason {
            // The transport is still there.
            DisconnectReason::ClientNSDisconnect | DisconnectReason::ServerNSDisconnect => {
                ending.end(close_reason(reason));
            }
            _ => ending.gone(close_reason(reason)),
        }
        ready(())
    });
    socket.extensions.insert(Arc::clone(&port));
    let came = come_in(&port, parts, arriving.auth.as_deref()).await;
    if let Err(err) = &came {
        entering::refused(ticket.address(), err);
        if socket.protocol() == ProtocolVersion::V4 {
            drop(tokio::spawn(async move {
                tokio::time::sleep(REFUSAL_MAX).await;
                port.end(CloseReason::BadLogin);
            }));
        }
    }
    came.map_err(Refused)
}

async fn come_in(port: &Port, parts: &Parts, auth: Option<&str>) -> Result<(), Error> {
    let shown = shown(parts, auth)?;
    let is_silent = shown.is_none();
    let entry = shown.unwrap_or_else(Entry::guest);
    if entry.is_guest() {
        may_be_guest(port, &parts.headers)?;
    }
    match port.look_at(entry).await {
        Ok(entered) => port.expect(entered),
        // Clients of the first system say who they are when they are connected.
        Err(err) if is_silent && err.code() == ErrorCode::Unauthenticated => {}
        Err(err) => return Err(err),
    }
    Ok(())
}

/// Once a socket is connected: its session begins, or it is waited for somebody.
pub(super) fn connected(arriving: &Arriving) {
    if let Some(port) = arriving.socket.extensions.get::<Arc<Port>>() {
        port.begin();
    }
}

/// What was shown, if anything: `auth` goes before a bearer token, that before a cookie.
fn shown(parts: &Parts, auth: Option<&str>) -> Result<Option<Entry>, Error> {
    let auth = match auth {
        None => None,
        Some(text) => {
            let read = strict::read(text.as_bytes(), ScanLimits::default());
            let read = read.map_err(|why| Error::new(ErrorCode::BadFrame, format!("`auth` cannot be read: {why}")))?;
            // What clients send that have nothing to say.
            Some(read).filter(|fields| !matches!(fields, Value::Map(fields) if fields.is_empty()))
        }
    };
    let entry = auth.map(|fields| Entry::read(&fields)).transpose()?;
    if entry.as_ref().is_some_and(|entry| !entry.is_guest()) {
        return Ok(entry);
    }
    let Credentials::Secret { text, is_cookie } = Credentials::of(&parts.headers)? else {
        return Ok(entry);
    };
    if is_cookie && !is_own_will(&parts.headers) {
        let message =
            "a session by cookie opens a socket only from a page of this server or with the header `X-Motorpool`";
        return Err(Error::new(ErrorCode::Forbidden, message));
    }
    let mut entry = entry.unwrap_or_else(Entry::guest);
    entry.proof = secret(text);
    Ok(Some(entry))
}

/// Whether the cookie was sent for a page of this server, or by a program that says so.
fn is_own_will(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let site = site(text("sec-fetch-site"), text("origin"), text("host"));
    cookie_may_change(site, headers.contains_key(OWN_HEADER))
}

/// A page that had its own name pointed to this machine is no guest of it.
fn may_be_guest(port: &Port, headers: &HeaderMap) -> Result<(), Error> {
    let host = headers.get("host").and_then(|value| value.to_str().ok());
    if port.is_from_this_machine() && !host.is_some_and(is_this_machine) {
        let message = "a guest on this machine must name it in `Host` by its address or as localhost";
        return Err(Error::new(ErrorCode::Forbidden, message));
    }
    Ok(())
}

fn close_reason(reason: DisconnectReason) -> CloseReason {
    match reason {
        DisconnectReason::HeartbeatTimeout => CloseReason::Idle,
        DisconnectReason::PacketParsingError | DisconnectReason::MultipleHttpPollingError => CloseReason::BadFrame,
        DisconnectReason::TransportError => CloseReason::Io,
        DisconnectReason::ClosingServer => CloseReason::ShuttingDown,
        DisconnectReason::TransportClose
        | DisconnectReason::ClientNSDisconnect
        | DisconnectReason::ServerNSDisconnect => CloseReason::PeerClosed,
    }
}
