//! The door that all dialects share: accepts within bounds, spreads connections over the arbiters, ends with the server.
//!
//! One connection past a bound is closed at once and counted; it costs nobody else anything.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::house::{Course, House};
use crate::runtime::crowd::{Crowd, Crowded, Place};
use crate::runtime::metrics::{ConnectionMeters, dialect_refused};
use crate::runtime::targets;
use crate::session::count::ConnectionCount;
use crate::session::frames::let_go;
use crate::tls;

/// Pause after a failed accept, so that a full file table does not turn into a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long a peer has to take our last words.
const PART_MAX: Duration = Duration::from_secs(2);

/// How many may be inside.
pub(super) struct Bounds {
    crowd: Crowd,
}

impl Bounds {
    pub(super) fn new(all_max: usize, per_address_max: usize) -> Self {
        Self {
            crowd: Crowd::new(all_max, per_address_max),
        }
    }
}

/// One connection that was let in; dropping it makes place.
pub(super) struct Guest {
    pub(super) house: House,
    pub(super) stream: TcpStream,
    pub(super) address: SocketAddr,
    pub(super) inside: Inside,
}

/// A place inside, counted.
pub(super) struct Inside {
    /// Counts it among all connections.
    pub(super) count: ConnectionCount,
    _place: Place,
}

/// Accepts until the task is aborted. `serve` runs on the arbiter that keeps the connection.
pub(super) async fn accept<F>(
    house: House,
    name: &'static str,
    bounds: Bounds,
    listener: TcpListener,
    serve: impl Fn(Guest) -> F + Clone + Send + 'static,
) where
    F: Future<Output = ()> + 'static,
{
    let meters = ConnectionMeters::new(name);
    loop {
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(err) => {
                tracing::warn!(target: targets::CONNECTION, %err, sock = name, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let place = match bounds.crowd.enter(address.ip()) {
            Ok(place) => place,
            Err(Crowded::All) => {
                dialect_refused(name, "crowded");
                continue;
            }
            Err(Crowded::Address) => {
                dialect_refused(name, "address_crowded");
                continue;
            }
        };
        let Some(count) = house.open_sockets.open(house.config.limits.connections_max, &meters) else {
            dialect_refused(name, "busy");
            continue;
        };
        // Taken out of this event loop, to be registered with the one of its arbiter.
        let Ok(stream) = stream.into_std() else { continue };
        let (house, serve) = (house.clone(), serve.clone());
        let arbiter = house.arbiters.next();
        let spawned = arbiter.spawn_fn(move || {
            drop(actix_rt::spawn(async move {
                let Ok(stream) = TcpStream::from_std(stream) else {
                    return;
                };
                // A reply is written at once: waiting for more to send would only delay it.
                if stream.set_nodelay(true).is_ok() {
                    let inside = Inside { count, _place: place };
                    serve(Guest {
                        house,
                        stream,
                        address,
                        inside,
                    })
                    .await;
                }
            }));
        });
        if !spawned {
            tracing::error!(target: targets::CONNECTION, "an arbiter is gone; the connection is dropped");
        }
    }
}

/// Says something last and lets a connection go; the peer reads it whatever else it has sent.
pub(super) async fn part(stream: TcpStream, last: &[u8]) {
    let (read, mut write) = tls::plain(stream);
    let saying = async {
        write.write_all(last).await?;
        write.shutdown().await
    };
    drop(timeout(PART_MAX, saying).await);
    let_go(read);
}

/// Ends when the server goes down, for who waits for somebody that need not come.
pub(super) async fn over(house: &House) {
    let mut stop = house.stop.subscribe();
    if stop.wait_for(|course| *course != Course::Serve).await.is_err() {
        std::future::pending::<()>().await;
    }
}
