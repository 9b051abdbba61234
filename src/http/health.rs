//! Figures and health: what machines that watch ask for.
//!
//! Health answers from a real round trip, within a bound.

use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::booking::engine::BookingsState;
use crate::error::Error;
use crate::house::House;
use crate::runtime::metrics::MetricsHandle;

/// How long the answer to a health question may take.
const HEALTH_MAX: Duration = Duration::from_secs(2);

/// Every figure, as Prometheus reads them.
pub(super) fn figures(metrics: &MetricsHandle) -> Response {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], metrics.render()).into_response()
}

/// The process runs and answers.
pub(super) fn live() -> Response {
    "live\n".into_response()
}

/// A real round trip: through the engine, and through the writer to the disk and back.
pub(super) async fn ready(house: House) -> Response {
    let trip = async {
        if house.is_draining() {
            return Err("shutting down".to_owned());
        }
        let engine: Result<BookingsState, _> = house.bookings.observe().await;
        engine.map_err(|err| err.to_string())?;
        let stored = house.store.write(crate::store::probe).await;
        stored.map_err(|err| Error::from(err).message().to_owned())
    };
    match tokio::time::timeout(HEALTH_MAX, trip).await {
        Ok(Ok(())) => (StatusCode::OK, "ready\n").into_response(),
        Ok(Err(why)) => not_ready(&why),
        Err(_) => not_ready("no answer in time"),
    }
}

fn not_ready(why: &str) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n")).into_response()
}
