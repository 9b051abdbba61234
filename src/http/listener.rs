//! The HTTP side's door under TLS: handshakes run beside each other, bounded in time and number.
//!
//! It hands over secured streams only. One that fails or is too slow costs itself, one too many is closed at once.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_rustls::server::TlsStream;

use crate::house::House;
use crate::runtime::metrics::tls_failed;
use crate::tls::{HandshakeFailure, Tls};

/// Its kind in metrics.
const KIND: &str = "http";
/// Pause after a failed accept, so that a full file table does not turn into a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

type Secured = Result<(TlsStream<TcpStream>, SocketAddr), HandshakeFailure>;

/// Accepts, secures and hands over.
pub(super) struct TlsListener {
    house: House,
    tls: Tls,
    tcp: TcpListener,
    /// Ends with the listener.
    handshakes: JoinSet<Secured>,
}

impl TlsListener {
    pub(super) fn new(house: House, tls: Tls, tcp: TcpListener) -> Self {
        Self {
            house,
            tls,
            tcp,
            handshakes: JoinSet::new(),
        }
    }

    /// Begins the handshake of a connection, unless too many are open.
    fn begin(&mut self, stream: TcpStream, address: SocketAddr) {
        let Some(pass) = self.house.handshakes.try_enter() else {
            return;
        };
        let tls = self.tls.clone();
        let deadline = Instant::now() + Duration::from_millis(self.house.config.limits.handshake_ms);
        self.handshakes.spawn(async move {
            // An answer is written at once: waiting for more to send would only delay it.
            stream.set_nodelay(true).map_err(|_| HandshakeFailure::Closed)?;
            let secured = tls.accept(stream, deadline).await?;
            drop(pass);
            Ok((secured, address))
        });
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            tokio::select! {
                accepted = self.tcp.accept() => match accepted {
                    Ok((stream, address)) => self.begin(stream, address),
                    Err(err) => {
                        tracing::warn!(%err, sock = KIND, "a connection could not be accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(ended) = self.handshakes.join_next() => match ended {
                    Ok(Ok(secured)) => return secured,
                    Ok(Err(failure)) => {
                        tracing::debug!(sock = KIND, %failure, "a TLS handshake failed");
                        tls_failed(KIND, failure.as_str());
                    }
                    Err(err) => tracing::error!(%err, sock = KIND, "a TLS handshake broke down"),
                },
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}
