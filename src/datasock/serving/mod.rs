//! Runs a receiver on one connection and sees to its end: in order, by a fault, by a panic.
//!
//! Whatever happens to a receiver ends this one connection, counted and logged. The client stays.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, JoinHandle};

use super::connection::Connection;
use super::sock::Sock;
use crate::error::Error;
use crate::registry::actor::{Leave, Registry};
use crate::registry::peer::Peer;
use crate::runtime::{CloseReason, Service};
use crate::wire::ErrorCode;

/// How long a receiver may go on when its connection has ended: it writes down what it has.
const ENDING_MAX: Duration = Duration::from_secs(5);

/// What a receiver's connection is made of.
pub(crate) struct Attached {
    pub(crate) sock: Arc<Sock>,
    pub(crate) connection: Connection,
    pub(crate) peer: Peer,
    pub(crate) writer: JoinHandle<CloseReason>,
    pub(crate) registry: Service<Registry>,
}

/// Serves it beside the caller, on the same arbiter.
pub(crate) fn start(attached: Attached) {
    drop(actix_rt::spawn(serve(attached)));
}

/// Serves it to its end.
async fn serve(attached: Attached) {
    let Attached {
        sock,
        mut connection,
        peer,
        writer,
        registry,
    } = attached;
    let open = sock.tally.opened();
    let (standing, clock) = (connection.standing.clone(), connection.clock.clone());
    let receiver = Arc::clone(&sock.receiver);
    let mut serving = actix_rt::spawn(async move { receiver.serve(&mut connection).await });
    let ended = tokio::select! {
        ended = &mut serving => ended,
        () = overdue(&peer) => {
            serving.abort();
            serving.await
        }
    };
    if let Some((err, reason, is_panic)) = fault(ended) {
        let name = &*sock.name;
        if is_panic {
            tracing::error!(sock = name, receiver = sock.receiver.name(), client.id = %standing.client_id, "a receiver panicked, its connection ends");
        } else {
            tracing::info!(sock = name, client.id = %standing.client_id, %err, "a receiver ended a connection");
        }
        sock.tally.fault(clock.now(), err.message().to_owned(), is_panic);
        peer.close_with_error(&err, reason);
    }
    peer.outbox().close(CloseReason::PeerClosed);
    drop(writer.await);
    drop(open);
    let leave = Leave {
        client_id: standing.client_id.clone(),
        connection: peer.connection,
    };
    if let Err(err) = registry.ask(leave).await {
        tracing::debug!(%err, "the registry did not hear of a connection's end");
    }
}

async fn overdue(peer: &Peer) {
    drop(peer.outbox().closing().await);
    tokio::time::sleep(ENDING_MAX).await;
}

/// What the peer hears and why the connection ends, when it did not end in order.
fn fault(ended: Result<Result<(), Error>, JoinError>) -> Option<(Error, CloseReason, bool)> {
    match ended {
        Ok(Ok(())) => None,
        Ok(Err(err)) => {
            let reason = match err.code() {
                ErrorCode::TooLarge => CloseReason::TooLarge,
                ErrorCode::BadFrame => CloseReason::BadFrame,
                _ => CloseReason::Refused,
            };
            Some((err, reason, false))
        }
        Err(err) if err.is_panic() => {
            let err = Error::new(ErrorCode::Internal, "the receiver of this datasock failed");
            Some((err, CloseReason::Abandoned, true))
        }
        Err(_) => {
            let err = Error::new(ErrorCode::Timeout, "the receiver of this datasock did not end in time");
            Some((err, CloseReason::Abandoned, false))
        }
    }
}

#[cfg(test)]
mod tests;
