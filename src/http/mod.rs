//! The HTTP side: figures and health now; every other route will translate to a command of the one table.
//!
//! Holds no state. A request has a bound in time and in number.

mod listener;

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::booking::engine::BookingsState;
use crate::error::Error;
use crate::house::House;
use crate::runtime::metrics::MetricsHandle;
use crate::tls::Transport;
use listener::TlsListener;

/// How long the answer to a health question may take.
const HEALTH_MAX: Duration = Duration::from_secs(2);

#[derive(Clone)]
struct Http {
    house: House,
    metrics: MetricsHandle,
}

/// Serves until the task is aborted.
pub(crate) async fn serve(house: House, metrics: MetricsHandle, listener: TcpListener) {
    let limits = &house.config.limits;
    let request_max = Duration::from_millis(limits.http_request_ms);
    let router = Router::new()
        .route("/metrics", get(figures))
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, request_max))
        .layer(RequestBodyLimitLayer::new(limits.http_body_bytes))
        .layer(GlobalConcurrencyLimitLayer::new(limits.http_in_flight))
        .with_state(Http {
            house: house.clone(),
            metrics,
        });
    let transport = listener.local_addr().map(|address| house.tls.transport(address));
    let ended = match transport {
        Ok(Ok(Transport::Plain)) => axum::serve(listener, router).await,
        Ok(Ok(Transport::Tls(tls))) => axum::serve(TlsListener::new(house, tls, listener), router).await,
        Ok(Err(err)) => Err(std::io::Error::other(err)),
        Err(err) => Err(err),
    };
    if let Err(err) = ended {
        tracing::error!(%err, "the HTTP side ended");
    }
}

async fn figures(State(http): State<Http>) -> impl IntoResponse {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], http.metrics.render())
}

/// The process runs and answers.
async fn live() -> &'static str {
    "live\n"
}

/// A real round trip: through the engine, and through the writer to the disk and back.
async fn ready(State(http): State<Http>) -> Response {
    let trip = async {
        if http.house.is_draining() {
            return Err("shutting down".to_owned());
        }
        let engine: Result<BookingsState, _> = http.house.bookings.observe().await;
        engine.map_err(|err| err.to_string())?;
        let stored = http.house.store.write(crate::store::probe).await;
        stored.map_err(|err| Error::from(err).message().to_owned())
    };
    match tokio::time::timeout(HEALTH_MAX, trip).await {
        Ok(Ok(())) => (StatusCode::OK, "ready\n").into_response(),
        Ok(Err(why)) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n")).into_response(),
        Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "not ready: no answer in time\n".to_owned(),
        )
            .into_response(),
    }
}
