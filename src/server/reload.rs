//! What SIGHUP does: files that may change under a running server are read again.
//!
//! It never ends the server: what cannot be read stays as it was, and the log says why.

use tokio::signal::unix::{SignalKind, signal};

use crate::house::House;

/// Reads again at each SIGHUP, until the task is aborted.
pub(super) async fn at_hangup(house: House) {
    let Ok(mut hangup) = signal(SignalKind::hangup()) else {
        tracing::warn!("SIGHUP cannot be caught; a new certificate needs a restart");
        return;
    };
    while hangup.recv().await.is_some() {
        let tls = house.tls.clone();
        match tokio::task::spawn_blocking(move || tls.reload()).await {
            Ok(Ok(Some(fingerprint))) => tracing::info!(%fingerprint, "the certificate was read again"),
            Ok(Ok(None)) => tracing::info!("no listener speaks TLS: no certificate was read"),
            Ok(Err(err)) => tracing::error!(%err, "the certificate in use stays"),
            Err(err) => tracing::error!(%err, "reading the certificate again broke down"),
        }
    }
}
