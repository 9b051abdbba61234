//! Figures and health: what machines that watch ask for.
//!
//! Health answers from a real round trip, within a bound.

use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::booking::engine::BookingsState;
use crate::error::Error;
use crate::house::House;
use crate::runtime::metrics::MetricsHandle;

/// How long the answer to a health question may take.
const HEALTH_MAX: Duration = Duration::from_secs(2);

/// What the answers come from.
#[derive(Clone)]
pub(super) struct Health {
    pub(super) house: House,
    pub(super) metrics: MetricsHandle,
}

/// Every figure, as Prometheus reads them.
pub(super) async fn figures(State(health): State<Health>) -> impl IntoResponse {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], health.metrics.render())
}

/// The process runs and answers.
pub(super) async fn live() -> &'static str {
    "live\n"
}

/// A real round trip: through the engine, and through the writer to the disk and back.
pub(super) async fn ready(State(health): State<Health>) -> Response {
    let trip = async {
        if health.house.is_draining() {
            return Err("shutting down".to_owned());
        }
        let engine: Result<BookingsState, _> = health.house.bookings.observe().await;
        engine.map_err(|err| err.to_string())?;
        let stored = health.house.store.write(crate::store::probe).await;
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
