//! `/socket.io/`: who may knock, how often and for how long, before Engine.IO sees a request.
//!
//! A foreign page is refused, whatever it brings. A transport has a place among the connections while it lasts, and
//! what it sends waits while its session has enough.

use std::collections::HashMap;
use std::future::ready;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use socketioxide::adapter::LocalAdapter;
use socketioxide::handler::ConnectHandler;
use socketioxide::service::SocketIoService;
use socketioxide::socket::Sid;
use socketioxide::{ParserConfig, SocketIo};
use tokio::runtime::Handle;
use tower::ServiceExt;

use super::connecting;
use super::extract::Arriving;
use super::leaving::Leaving;
use super::opening;
use super::port::Port;
use super::rules::{Opener, of_query, opener};
use super::ticket::{Addresses, Ticket};
use crate::config::Limits;
use crate::error::Error;
use crate::house::House;
use crate::http::PeerAddress;
use crate::http::line::Control;
use crate::http::problem::Problem;
use crate::runtime::metrics::{ConnectionMeters, socketio_refused};
use crate::session::admission;
use crate::wire::ErrorCode;

/// Where clients look for it.
pub(super) const PATH: &str = "/socket.io";
/// Packets that one socket may have on their way beside its outbox.
const BUFFERED_PACKETS_MAX: usize = 128;
/// Attachments of one event.
const ATTACHMENTS_MAX: usize = 64;
/// WebSockets noted by the socket they continue, above which those that are gone are let go.
const UPGRADED_FIRST: usize = 64;

/// What Engine.IO does not want goes to a router without routes; nothing else comes here.
pub(super) type Service = SocketIoService<Router, LocalAdapter>;

/// Everything behind the path.
pub(super) struct Door {
    pub(super) house: House,
    addresses: Addresses,
    meters: ConnectionMeters,
    upgraded: Mutex<Upgraded>,
    /// Sockets whose last words are not fetched yet.
    pub(super) leaving: Leaving,
    /// Where a transport is brought to its end; an arbiter may end before that.
    pub(super) runtime: Handle,
    /// Taken when the HTTP side ends: it holds what holds this.
    service: Mutex<Option<Service>>,
}

/// Connections of WebSockets that continue a socket begun by polling, by its id.
#[derive(Default)]
struct Upgraded {
    lines: HashMap<String, Weak<Control>>,
    swept_at: usize,
}

/// Keeps it open; dropped, every socket is closed.
pub(in crate::http) struct Open {
    door: Arc<Door>,
    io: SocketIo,
}

/// Which client is on a socket. Cheap to clone.
#[derive(Clone)]
pub(in crate::http) struct Clients(SocketIo);

impl Clients {
    /// The client on the socket of this id.
    pub(in crate::http) fn of(&self, sid: &str) -> Option<Arc<str>> {
        let socket = self.0.get_socket(sid.parse().ok()?)?;
        socket.extensions.get::<Arc<Port>>()?.client_id()
    }
}

impl Open {
    pub(in crate::http) fn clients(&self) -> Clients {
        Clients(self.io.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        drop(self.door.service().take());
        let io = self.io.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            drop(runtime.spawn(async move { io.close().await }));
        }
    }
}

/// Opens it.
pub(in crate::http) fn open(house: &House) -> (Router, Open) {
    let (service, io) = engine(&house.config.limits);
    let door = Arc::new(Door {
        house: house.clone(),
        addresses: Addresses::default(),
        meters: ConnectionMeters::new("socketio"),
        upgraded: Mutex::default(),
        leaving: Leaving::default(),
        runtime: Handle::current(),
        service: Mutex::new(Some(service)),
    });
    let admitting = Arc::clone(&door);
    let admit = move |arriving: Arriving| connecting::admit(Arc::clone(&admitting), arriving);
    let connected = |arriving: Arriving| {
        connecting::connected(&arriving);
        ready(())
    };
    io.ns("/", connected.with(admit));
    let (knocked, sockets) = (Arc::clone(&door), io.clone());
    let knock = move |ConnectInfo(from): ConnectInfo<PeerAddress>, request: Request| {
        let (door, sockets) = (Arc::clone(&knocked), sockets.clone());
        async move { door.answer(&sockets, from, request).await }
    };
    let router = Router::new()
        .route(PATH, any(knock.clone()))
        .route(&format!("{PATH}/"), any(knock));
    (router, Open { door, io })
}

/// Engine.IO and Socket.IO with the bounds of this server.
pub(super) fn engine(limits: &Limits) -> (Service, SocketIo) {
    let millis = Duration::from_millis;
    let parser = ParserConfig::common()
        .max_incoming_binary_buf_size(limits.frame_bytes)
        .max_incoming_binaries(ATTACHMENTS_MAX)
        .packet_completion_timeout(millis(limits.http_request_ms));
    SocketIo::builder()
        .req_path(PATH)
        .ping_interval(millis(limits.socketio_ping_ms))
        .ping_timeout(millis(limits.socketio_pong_ms))
        .connect_timeout(millis(limits.handshake_ms))
        .upgrade_timeout(millis(limits.handshake_ms))
        .ack_timeout(millis(limits.command_deadline_ms_max))
        .max_payload(u64::try_from(limits.frame_bytes).unwrap_or(u64::MAX))
        .ws_max_message_size(limits.frame_bytes)
        .ws_max_frame_size(limits.frame_bytes)
        .max_buffer_size(BUFFERED_PACKETS_MAX)
        .with_parser(parser)
        .build_with_inner_svc(Router::new())
}

impl Door {
    fn service(&self) -> std::sync::MutexGuard<'_, Option<Service>> {
        self.service.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(self: Arc<Self>, sockets: &SocketIo, from: PeerAddress, request: Request) -> Response {
        let opener = self.opener(request.headers());
        if opener == Opener::ForeignPage {
            socketio_refused("origin");
            let message = "pages of this origin may not open sockets here: list it in http.origins";
            return self.refusal(Error::new(ErrorCode::Forbidden, message));
        }
        let listed = request.headers().get(header::ORIGIN).cloned();
        let listed = listed.filter(|_| opener == Opener::ListedPage);
        let mut response = if *request.method() == Method::OPTIONS {
            StatusCode::NO_CONTENT.into_response()
        } else {
            self.pass(sockets, from, request)
                .await
                .unwrap_or_else(|err| self.refusal(err))
        };
        if let Some(origin) = listed {
            allow(response.headers_mut(), origin);
        }
        response
    }

    fn opener(&self, headers: &HeaderMap) -> Opener {
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let listed = &self.house.config.http.origins;
        opener(text("origin"), text("host"), text("sec-fetch-site"), listed)
    }

    fn refusal(&self, err: Error) -> Response {
        Problem::from(err).response(self.house.clock.now())
    }

    /// Hands a request to Engine.IO, if it may knock.
    async fn pass(&self, sockets: &SocketIo, from: PeerAddress, mut request: Request) -> Result<Response, Error> {
        let query = request.uri().query().unwrap_or_default();
        let is_websocket = of_query(query, "transport") == Some("websocket");
        let Some(sid) = of_query(query, "sid").map(str::to_owned) else {
            admission::may_knock(&self.house, from.0.ip())?;
            let ticket = Ticket::take(&self.house, &self.addresses, &self.meters, &from)?;
            request.extensions_mut().insert(ticket);
            return opening::open(|request| self.serve(request), request, &from.1).await;
        };
        let port = sid.parse().ok().and_then(|sid| self.port(sockets, sid));
        if let Some(port) = &port {
            is_theirs(port, &from)?;
        }
        if is_websocket {
            self.note_upgraded(sid, &from.1);
        }
        match port {
            port if *request.method() == Method::POST => self.post(port, request).await,
            Some(port) => {
                let response = port.farewell.poll(self.serve(request)).await?;
                port.fetched(length(&response));
                Ok(response)
            }
            None => self.serve(request).await,
        }
    }

    /// Who is on a socket that has joined, or was until now.
    fn port(&self, sockets: &SocketIo, sid: Sid) -> Option<Arc<Port>> {
        let joined = sockets.get_socket(sid);
        let joined = joined.and_then(|socket| socket.extensions.get::<Arc<Port>>());
        joined.or_else(|| self.leaving.find(&sid))
    }

    /// What a client posts waits while its session has enough, and has to come in time.
    async fn post(&self, port: Option<Arc<Port>>, request: Request) -> Result<Response, Error> {
        let posted = async {
            let Some(port) = port else {
                return self.serve(request).await;
            };
            port.room().await;
            let _handed_on = port.farewell.hand_on().await;
            if port.is_ended() {
                return Ok(port.say_no_more(request).await);
            }
            self.serve(request).await
        };
        let patience = Duration::from_millis(self.house.config.limits.http_request_ms);
        let late = |_| {
            Error::new(
                ErrorCode::Timeout,
                format!("not taken within {} ms", patience.as_millis()),
            )
        };
        tokio::time::timeout(patience, posted).await.map_err(late)?
    }

    pub(super) async fn serve(&self, request: Request) -> Result<Response, Error> {
        let service = self.service().clone();
        let gone = || Error::new(ErrorCode::ShuttingDown, "the server is shutting down");
        let answered = service.ok_or_else(gone)?.oneshot(request).await;
        Ok(answered.map_or_else(|never| match never {}, |response| response.map(Body::new)))
    }

    fn note_upgraded(&self, sid: String, line: &Arc<Control>) {
        let mut upgraded = self.upgraded.lock().unwrap_or_else(PoisonError::into_inner);
        if upgraded.lines.len() >= upgraded.swept_at.max(UPGRADED_FIRST) {
            upgraded.lines.retain(|_, line| line.strong_count() > 0);
            upgraded.swept_at = upgraded.lines.len().saturating_mul(2);
        }
        // An id that is nobody's is held as long as its connection.
        upgraded.lines.insert(sid, Arc::downgrade(line));
    }

    /// The WebSocket that continues this socket, if one does.
    pub(super) fn upgraded(&self, sid: &Sid) -> Option<Arc<Control>> {
        let upgraded = self.upgraded.lock().unwrap_or_else(PoisonError::into_inner);
        upgraded.lines.get(sid.as_str())?.upgrade()
    }
}

/// A socket belongs to the address it was opened from: an id that was overheard is good for nothing elsewhere.
fn is_theirs(port: &Port, from: &PeerAddress) -> Result<(), Error> {
    if port.address.ip() != from.0.ip().to_canonical() {
        socketio_refused("not_theirs");
        return Err(Error::new(
            ErrorCode::Forbidden,
            "this socket was opened from elsewhere",
        ));
    }
    Ok(())
}

/// Bytes of an answer that Engine.IO gave to a poll.
fn length(response: &Response) -> u64 {
    let length = response.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    length.unwrap_or_default()
}

/// What a browser wants to hear before it shows the answer to a listed page.
fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    let fixed = [
        (header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, content-type, x-motorpool",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
