//! A server for the official protocol suites: `cargo run --example socketio_conformance`, then the suites of
//! `docs/engine.io-protocol/v4-test-suite` and `docs/socket.io-protocol/v5-test-suite` of socket.io, each with `npm test`.
//!
//! Socket.IO under `/socket.io/` is served through motorpool's own layer. `/engine.io/` is Engine.IO alone, which has no
//! messages of ours to carry: it sends back what it gets.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::any;
use bytes::Bytes;
use engineioxide::config::EngineIoConfig;
use engineioxide::handler::EngineIoHandler;
use engineioxide::service::EngineIoService;
use engineioxide::{DisconnectReason, Socket, Str};
use motorpool::http::socketio::conformance;
use tokio::net::TcpListener;
use tower::ServiceExt;

/// Sends back what it gets.
#[derive(Debug)]
struct Echo;

impl EngineIoHandler for Echo {
    type Data = ();

    fn on_connect(self: Arc<Self>, _: Arc<Socket<()>>) {}

    fn on_disconnect(&self, _: Arc<Socket<()>>, _: DisconnectReason) {}

    fn on_message(self: &Arc<Self>, text: Str, socket: Arc<Socket<()>>) {
        drop(socket.emit(text));
    }

    fn on_binary(self: &Arc<Self>, bytes: Bytes, socket: Arc<Socket<()>>) {
        drop(socket.emit_binary(bytes));
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let config = EngineIoConfig::builder()
        .ping_interval(Duration::from_millis(300))
        .ping_timeout(Duration::from_millis(200))
        .max_payload(1_000_000)
        .build();
    let echo = EngineIoService::with_config_inner(Router::new(), Arc::new(Echo), config);
    let answer = move |request: Request| {
        let echo = echo.clone();
        async move {
            let answered = echo.oneshot(request).await;
            answered.map_or_else(|never| match never {}, |response| response.map(Body::new))
        }
    };
    let router = Router::new().route("/engine.io/", any(answer));
    let listener = TcpListener::bind(&address).await?;
    println!("listens on {address}");
    conformance::serve(listener, router).await;
    Ok(())
}
