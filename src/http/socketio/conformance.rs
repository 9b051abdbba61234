//! What the protocol suites of Engine.IO and Socket.IO expect of a server, through our own engine, lines and events.
//!
//! Nobody signs in here and nothing of the house is behind it: `/` and `/custom` say `auth` to whoever joins, send `message`
//! back as `message-back`, and acknowledge `message-with-ack` with what came.

use std::collections::VecDeque;
use std::future::ready;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::any;
use bytes::Bytes;
use serde::ser::{Serialize, SerializeTuple, Serializer};
use socketioxide::adapter::LocalAdapter;
use socketioxide::extract::AckSender;
use socketioxide::handler::{FromMessageParts, Value as Raw};
use socketioxide::socket::Socket;
use tokio::net::TcpListener;
use tower::ServiceExt;

use super::door::{PATH, engine};
use super::extract::{Arriving, Hearer};
use super::incoming;
use crate::config::Limits;
use crate::http::door;
use crate::tls::Transport;
use crate::wire::{Value, json};

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

/// Serves them on that listener, beside other routes, until the task is aborted.
pub async fn serve(listener: TcpListener, beside: Router) {
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
    let answer = move |request: Request| {
        let service = service.clone();
        async move {
            let answered = service.oneshot(request).await;
            answered.map_or_else(|never| match never {}, |response| response.map(Body::new))
        }
    };
    let router = Router::new()
        .route(PATH, any(answer.clone()))
        .route(&format!("{PATH}/"), any(answer))
        .merge(beside);
    door::serve(&limits, Transport::Plain, listener, router).await;
}

fn join(arriving: &Arriving) {
    let socket = &arriving.socket;
    let auth = arriving.auth.as_deref().unwrap_or("{}");
    let auth: serde_json::Value = serde_json::from_str(auth).unwrap_or_default();
    say(socket, "auth", vec![json::from_json(&auth)]);
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
