//! Listeners: bind the first free of the allowed ports, accept in bursts, spread sockets over the arbiters.
//!
//! Bounded: connections at the door, and those whose handshake is open. One more is closed at once and counted.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};

use super::handshake::{self, Door};
use crate::error::Error;
use crate::house::House;
use crate::runtime::metrics::ConnectionMeters;
use crate::runtime::targets;
use crate::tls::Transport;
use crate::wire::{self, ErrorCode};

/// Connects that may wait to be accepted; small fleets come back all at once after a restart.
const BACKLOG: i32 = 4096;
/// Pause after a failed accept, so that a full file table does not turn into a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Why no address could be bound.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub(crate) struct BindError {
    address: SocketAddr,
    source: io::Error,
}

/// Binds the first free of the candidates.
pub(crate) fn bind(candidates: &[SocketAddr]) -> Result<std::net::TcpListener, BindError> {
    let mut fault = None;
    for address in candidates {
        match bind_one(*address) {
            Ok(listener) => return Ok(listener),
            Err(source) => {
                fault = Some(BindError {
                    address: *address,
                    source,
                });
            }
        }
    }
    Err(fault.unwrap_or_else(|| BindError {
        address: SocketAddr::from(([0, 0, 0, 0], 0)),
        source: io::Error::other("no address is configured"),
    }))
}

fn bind_one(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A restart must not wait for the old connections' last packets to be forgotten.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Accepts until the task is aborted; what the door speaks follows from its address. A certificate that cannot be
/// used ends it at once: whoever opens a door asks `house.tls.transport` before.
pub(crate) async fn accept(house: House, door: Door, listener: TcpListener) {
    let meters = ConnectionMeters::new(door.kind());
    let transport = match listener.local_addr().map(|address| house.tls.transport(address)) {
        Ok(Ok(transport)) => transport,
        Ok(Err(err)) => return tracing::error!(%err, sock = door.name(), "a door stays closed"),
        Err(err) => return tracing::error!(%err, sock = door.name(), "a door has no address"),
    };
    loop {
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(err) => {
                tracing::warn!(target: targets::CONNECTION, %err, sock = door.name(), "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(count) = house.open_sockets.open(house.config.limits.connections_max, &meters) else {
            turn_away(&transport, stream);
            continue;
        };
        let Some(pass) = house.handshakes.try_enter() else {
            turn_away(&transport, stream);
            continue;
        };
        let (house, door, transport) = (house.clone(), door.clone(), transport.clone());
        // Taken out of this event loop, to be registered with the one of its arbiter.
        let Ok(stream) = stream.into_std() else { continue };
        let arbiter = house.arbiters.next();
        let spawned = arbiter.spawn_fn(move || {
            drop(actix_rt::spawn(async move {
                if let Ok(stream) = TcpStream::from_std(stream) {
                    handshake::serve(house, door, transport, stream, address, count).await;
                }
                drop(pass);
            }));
        });
        if !spawned {
            tracing::error!(target: targets::CONNECTION, "an arbiter is gone; the connection is dropped");
        }
    }
}

/// Past a bound one frame says so, as far as the socket takes it at once; nothing is waited for. Under TLS that would
/// take a handshake, so the connection just ends.
fn turn_away(transport: &Transport, stream: TcpStream) {
    if matches!(transport, Transport::Tls(_)) {
        return;
    }
    let full = Error::new(ErrorCode::Busy, "the server has as many connections as it may have");
    let mut out = BytesMut::new();
    if let (Ok(()), Ok(mut stream)) = (wire::encode(&full.to_frame(None), &mut out), stream.into_std())
        && let Err(err) = stream.write_all(&out)
    {
        tracing::debug!(target: targets::CONNECTION, %err, "a connection past the bound was gone at once");
    }
}
