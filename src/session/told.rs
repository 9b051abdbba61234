//! What the log is told of connections: who came from where, who went why. Never what was said.

use std::net::SocketAddr;

use super::handshake::Door;
use crate::error::Error;
use crate::registry::Standing;
use crate::runtime::{CloseReason, targets};

/// A client has its session.
pub(super) fn connected(standing: &Standing, door: &Door, address: SocketAddr) {
    tracing::info!(
        target: targets::CONNECTION,
        {
            client.id = %standing.client_id,
            client.name = %standing.name(),
            client.kind = %standing.kind,
            client.who = standing.who(),
            client.address = %address,
            sock = door.name()
        },
        "connected"
    );
}

/// Its session has ended.
pub(super) fn disconnected(standing: &Standing, door: &Door, address: SocketAddr, reason: &CloseReason) {
    tracing::info!(
        target: targets::CONNECTION,
        {
            client.id = %standing.client_id,
            client.name = %standing.name(),
            client.address = %address,
            sock = door.name(),
            reason = reason.as_str()
        },
        "disconnected"
    );
}

/// It does not read.
pub(super) fn cut_off(standing: &Standing, reason: &CloseReason) {
    tracing::warn!(
        target: targets::CONNECTION,
        { client.id = %standing.client_id, client.name = %standing.name(), reason = reason.as_str() },
        "cut off a client that does not read"
    );
}

/// The name it asked for is not the one it got.
pub(super) fn named_otherwise(standing: &Standing) {
    tracing::info!(
        target: targets::CONNECTION,
        { client.id = %standing.client_id, client.name = %standing.name() },
        "was given another name than it asked for"
    );
}

/// It was not let in. The code alone is told: the text may hold what the peer said.
pub(super) fn refused(door: &Door, address: SocketAddr, err: &Error) {
    tracing::info!(
        target: targets::CONNECTION,
        { client.address = %address, sock = door.name(), code = %err.code() },
        "a connection was refused"
    );
    if let Some(cause) = err.private_cause() {
        tracing::error!(target: targets::CONNECTION, code = %err.code(), %cause, "a connection could not be served");
    }
}
