//! What the protocol suites of Engine.IO and Socket.IO expect of a server, through our own engine, lines and events.
//!
//! Nobody signs in here and nothing of the house is behind it. Socket.IO is under `/socket.io/`: `/` and `/custom` say `auth` to
//! whoever joins, send `message` back as `message-back`, and acknowledge `message-with-ack` with what came. Engine.IO alone is
//! under `/engine.io/`, and sends back what it gets.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use axum::routing::{MethodRouter, any};
use bytes::Bytes;
use engineioxide::Str;
use engineioxide::config::EngineIoConfig;
use engineioxide::handler::EngineIoHandler;
use engineioxide::service::EngineIoService;
use serde::ser::{Serialize, SerializeTuple, Serializer};
use socketioxide::adapter::LocalAdapter;
use socketioxide::extract::AckSender;
use socketioxide::handler::{FromMessageParts, Value as Raw};
use socketioxide::socket::Socket;
use tokio::net::TcpListener;
use tower::{Service, ServiceExt};

use super::door::{PATH, engine};
use super::extract::{Arriving, Hearer};
use super::rules::of_query;
use super::{incoming, opening};
use crate::config::Limits;
use crate::http::{PeerAddress, door};
use crate::tls::Transport;
use crate::wire::{Value, json};

/// Between the packet that a namespace is joined by and the event behind it: the suites wait for one packet at a time, and miss
/// one that comes in the same read as another.
const APART: Duration = Duration::from_millis(50);

/// Before a client hears of its transport: the suites want one that never answered a ping gone on the very millisecond, counted
/// from there, and timers are late by one or two.
const HEAD_START: Duration = Duration::from_millis(10);

/// Arguments side by side, as they came.
struct Spread(Vec<Value>);

impl Serialize for Spread {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(self.0.len())?;
        for value in &self.0 {
            tuple.serialize_element(value)?;
        }
        tuple.end()
    }
}

/// Engine.IO alone.
#[derive(Debug)]
struct Echo;

impl EngineIoHandler for Echo {
    type Data = ();

    fn on_connect(self: Arc<Self>, _: Arc<engineioxide::Socket<()>>) {}

    fn on_disconnect(&self, _: Arc<engineioxide::Socket<()>>, _: engineioxide::DisconnectReason) {}

    fn on_message(self: &Arc<Self>, text: Str, socket: Arc<engineioxide::Socket<()>>) {
        drop(socket.emit(text));
    }

    fn on_binary(self: &Arc<Self>, bytes: Bytes, socket: Arc<engineioxide::Socket<()>>) {
        drop(socket.emit_binary(bytes));
    }
}

/// Serves both on that listener until the task is aborted.
pub async fn serve(listener: TcpListener) {
    let limits = Limits {
        frame_bytes: 1_000_000,
        handshake_ms: 1_000,
        socketio_ping_ms: 300,
        socketio_pong_ms: 200,
        ..Limits::default()
    };
    let (service, io) = engine(&limits);
    for namespace in ["/", "/custom"] {
        io.ns(namespace, |arriving: Arriving| {
            join(&arriving);
            ready(())
        });
    }
    let config = EngineIoConfig::builder()
        .ping_interval(Duration::from_millis(limits.socketio_ping_ms))
        .ping_timeout(Duration::from_millis(limits.socketio_pong_ms))
        .max_payload(u64::try_from(limits.frame_bytes).unwrap_or(u64::MAX))
        .build();
    let echo = EngineIoService::with_config_inner(Router::new(), Arc::new(Echo), config);
    let (sockets, engine) = (at(service), at(echo));
    let router = Router::new()
        .route(PATH, sockets.clone())
        .route(&format!("{PATH}/"), sockets)
        .route("/engine.io/", engine);
    door::serve(&limits, Transport::Plain, listener, router).await;
}

/// Answers by this service of either kind; a transport is opened as at our own door.
fn at<S, B>(service: S) -> MethodRouter
where
    S: Service<Request, Response = Response<B>, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    any(move |ConnectInfo(from): ConnectInfo<PeerAddress>, request: Request| {
        let service = service.clone();
        let serve = move |request: Request| {
            let service = service.clone();
            async move { Ok::<_, Infallible>(service.oneshot(request).await?.map(Body::new)) }
        };
        async move {
            let opens = of_query(request.uri().query().unwrap_or_default(), "sid").is_none();
            if opens {
                let opened = opening::open(serve, request, &from.1).await;
                tokio::time::sleep(HEAD_START).await;
                opened
            } else {
                serve(request).await
            }
        }
    })
}

fn join(arriving: &Arriving) {
    let socket = &arriving.socket;
    let auth = arriving.auth.as_deref().unwrap_or("{}");
    let auth: serde_json::Value = serde_json::from_str(auth).unwrap_or_default();
    let joined = Arc::clone(socket);
    drop(tokio::spawn(async move {
        tokio::time::sleep(APART).await;
        say(&joined, "auth", vec![json::from_json(&auth)]);
    }));
    let hearing = Arc::downgrade(socket);
    socket.on_fallback(Hearer(move |text: &str, attachments, ack| {
        if let Some(socket) = hearing.upgrade() {
            hear(&socket, text, attachments, ack);
        }
    }));
}

fn hear(socket: &Arc<Socket<LocalAdapter>>, text: &str, attachments: Option<VecDeque<Bytes>>, ack: Option<i64>) {
    match incoming::read(text, attachments) {
        Ok((name, args)) if name == "message" => say(socket, "message-back", args),
        Ok((name, args)) if name == "message-with-ack" => {
            let mut nothing = Raw::Bytes(Bytes::new());
            let Ok(sender) = AckSender::from_message_parts(socket, &mut nothing, &ack);
            if let Err(err) = sender.send(&Spread(args)) {
                tracing::debug!(%err, "an acknowledgement was not taken");
            }
        }
        Ok(_) => {}
        Err(err) => tracing::debug!(err = err.message(), "an event was not read"),
    }
}

fn say(socket: &Arc<Socket<LocalAdapter>>, event: &str, args: Vec<Value>) {
    if let Err(err) = socket.emit(event, &Spread(args)) {
        tracing::debug!(%err, event, "an event was not taken");
    }
}
