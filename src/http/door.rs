//! The HTTP side's door: lets connections in within bounds, secures them, reads heads in time, serves, counts.
//!
//! Each connection is a task that ends with the door. One past a bound is told so and closed; a slow or hostile peer
//! loses its own connection and nothing else.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tower::Service;

use super::PeerAddress;
use super::line::Line;
use super::patient::Patient;
use crate::config::Limits;
use crate::runtime::Gate;
use crate::runtime::crowd::{Crowd, Crowded, Place};
use crate::runtime::metrics::{HttpMeters, tls_failed};
use crate::tls::Transport;

/// Its kind in metrics.
const KIND: &str = "http";
/// Pause after a failed accept, so that a full file table does not turn into a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// What one past a bound is told, as far as the socket takes it at once.
const CROWDED: &str = concat!(
    "HTTP/1.1 503 Service Unavailable\r\n",
    "content-type: application/problem+json\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: 143\r\n\r\n",
    r#"{"type":"about:blank","title":"Service Unavailable","status":503,"code":"busy","#,
    r#""detail":"the HTTP side has as many connections as it may have"}"#,
);

/// The door and what it needs for each connection.
struct Door {
    transport: Transport,
    router: Router,
    crowd: Crowd,
    /// Bounds the handshakes of TLS.
    handshakes: Gate,
    handshake_max: Duration,
    stall_max: Duration,
    http: http1::Builder,
    meters: HttpMeters,
}

/// A place in the crowd, counted; held by the stream, also when it speaks something else than HTTP from some time on.
#[derive(Debug)]
struct Inside {
    meters: HttpMeters,
    _place: Place,
}

impl Inside {
    fn new(place: Place, meters: HttpMeters) -> Self {
        meters.opened();
        Self { meters, _place: place }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.meters.closed();
    }
}

/// Accepts and serves until it is dropped, which ends every connection.
pub(super) async fn serve(limits: &Limits, transport: Transport, tcp: TcpListener, router: Router) {
    let door = Arc::new(Door {
        transport,
        router,
        crowd: Crowd::new(limits.http_connections_max, limits.http_connections_per_address),
        handshakes: Gate::new("http_handshakes", limits.handshakes_max, 0),
        handshake_max: Duration::from_millis(limits.handshake_ms),
        stall_max: Duration::from_millis(limits.stall_ms),
        http: http(limits),
        meters: HttpMeters::new(),
    });
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = tcp.accept() => match accepted {
                Ok((stream, from)) => door.admit(stream, from, &mut connections),
                Err(err) => {
                    tracing::warn!(%err, sock = KIND, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(ended) = connections.join_next() => {
                if let Err(err) = ended {
                    tracing::error!(%err, sock = KIND, "a connection broke down");
                }
            }
        }
    }
}

/// HTTP/1.1 with every bound that it has. The time for a head runs while a kept connection is silent too.
fn http(limits: &Limits) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(limits.http_head_ms))
        .max_header_size(limits.http_head_bytes)
        .max_headers(limits.http_headers_max);
    http
}

impl Door {
    fn admit(self: &Arc<Self>, stream: TcpStream, from: SocketAddr, connections: &mut JoinSet<()>) {
        let place = match self.crowd.enter(from.ip()) {
            Ok(place) => place,
            Err(crowded) => {
                HttpMeters::ended(match crowded {
                    Crowded::All => "crowded",
                    Crowded::Address => "address_crowded",
                });
                if matches!(self.transport, Transport::Plain) {
                    // Who does not take it at once does not hear it.
                    drop(stream.try_write(CROWDED.as_bytes()));
                }
                return;
            }
        };
        let door = Arc::clone(self);
        let inside = Inside::new(place, self.meters.clone());
        connections.spawn(async move {
            HttpMeters::ended(door.connection(stream, from, inside).await);
        });
    }

    /// One connection to its end; the word for it.
    async fn connection(&self, stream: TcpStream, from: SocketAddr, inside: Inside) -> &'static str {
        // An answer is written at once: waiting for more to send would only delay it.
        if stream.set_nodelay(true).is_err() {
            return "peer_closed";
        }
        let Transport::Tls(tls) = &self.transport else {
            return self.talk(stream, from, inside).await;
        };
        let Some(pass) = self.handshakes.try_enter() else {
            return "refused";
        };
        let secured = tls.accept(stream, Instant::now() + self.handshake_max).await;
        drop(pass);
        match secured {
            Ok(stream) => self.talk(stream, from, inside).await,
            Err(failure) => {
                tracing::debug!(sock = KIND, %failure, "a TLS handshake failed");
                tls_failed(KIND, failure.as_str());
                "handshake"
            }
        }
    }

    async fn talk<S>(&self, stream: S, from: SocketAddr, inside: Inside) -> &'static str
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (router, meters) = (self.router.clone(), self.meters.clone());
        let line = Line::new(Patient::new(stream, self.stall_max, inside));
        let from = PeerAddress(from, line.control());
        let service =
            service_fn(move |request: Request<Incoming>| answer(router.clone(), meters.clone(), request, from.clone()));
        let stream = TokioIo::new(line);
        match self.http.serve_connection(stream, service).with_upgrades().await {
            Ok(()) => "peer_closed",
            Err(err) => why(&err),
        }
    }
}

/// One request. After one whose length nobody said the connection ends: two readers might not agree where it did.
async fn answer(
    mut router: Router,
    meters: HttpMeters,
    mut request: Request<Incoming>,
    from: PeerAddress,
) -> Result<Response, std::convert::Infallible> {
    let is_chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
    request.extensions_mut().insert(ConnectInfo(from));
    let mut response = router.call(request.map(Body::new)).await?;
    if is_chunked {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    meters.answered(response.status().as_u16());
    Ok(response)
}

/// Why a connection ended before its time.
fn why(err: &hyper::Error) -> &'static str {
    let cause = std::error::Error::source(err).and_then(|cause| cause.downcast_ref::<io::Error>());
    if cause.is_some_and(|cause| cause.kind() == io::ErrorKind::TimedOut) {
        "stalled"
    } else if err.is_timeout() {
        "late_head"
    } else if err.is_parse() || err.is_parse_too_large() {
        "bad_head"
    } else if err.is_incomplete_message() {
        "peer_closed"
    } else {
        "io"
    }
}

#[cfg(test)]
mod tests {
    use super::CROWDED;

    #[test]
    fn the_refusal_at_the_door_is_a_whole_answer() {
        let (head, body) = CROWDED.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains(&format!("content-length: {}", body.len())),
            "{}",
            body.len()
        );
        let problem: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(
            (problem["status"].as_u64(), problem["code"].as_str()),
            (Some(503), Some("busy"))
        );
    }
}
