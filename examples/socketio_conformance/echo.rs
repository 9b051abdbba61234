//! Engine.IO alone under `/engine.io/`: it has no messages of ours to carry and sends back what it gets.

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

/// With the bounds that the suites expect.
pub(crate) fn router() -> Router {
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
    Router::new().route("/engine.io/", any(answer))
}
