//! The first ping of a transport of Engine.IO 4, which comes at once, where the protocol wants it after an interval: what a client
//! waits for would lie behind it. So it is taken here, and answered in the client's name: Engine.IO has no option for it, and its
//! sessions are not to be had before their first ping.
//!
//! Where it cannot be taken the client gets it, which does no harm.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use super::rules::of_query;
use crate::http::line::Control;

/// How long a ping is waited for that is on its way already.
const PING_MAX: Duration = Duration::from_millis(500);
/// More than an open packet has.
const OPEN_BYTES_MAX: usize = 4_096;

/// What an open packet says, as far as it matters here.
#[derive(Deserialize)]
struct Open {
    sid: String,
}

/// Opens a transport by way of `serve`.
pub(super) async fn open<E, F>(serve: impl Fn(Request) -> F, request: Request, line: &Control) -> Result<Response, E>
where
    F: Future<Output = Result<Response, E>>,
{
    let query = request.uri().query().unwrap_or_default();
    let is_newer = of_query(query, "EIO") == Some("4");
    match of_query(query, "transport") {
        Some("websocket") if is_newer => {
            let opened = serve(request).await?;
            // Frames begin once this is said, and nowhere else.
            if opened.status() == StatusCode::SWITCHING_PROTOCOLS {
                line.swallow_ping();
            }
            Ok(opened)
        }
        Some("polling") if is_newer && *request.method() == Method::GET => {
            let path = request.uri().path().to_owned();
            let opened = serve(request).await?;
            Ok(take_ping(serve, &path, opened).await)
        }
        _ => serve(request).await,
    }
}

/// Polls and answers what was polled; gives the answer to the opening as it was.
async fn take_ping<E, F>(serve: impl Fn(Request) -> F, path: &str, opened: Response) -> Response
where
    F: Future<Output = Result<Response, E>>,
{
    let (head, body) = opened.into_parts();
    // It is whole already, and longer than this it is no open packet.
    let body = to_bytes(body, OPEN_BYTES_MAX).await.unwrap_or_default();
    if let Some(sid) = sid(&body) {
        let uri = format!("{path}?EIO=4&transport=polling&sid={sid}");
        let poll = Request::get(&uri).body(Body::empty());
        let pong = Request::post(&uri).body(Body::from("3"));
        if let (Ok(poll), Ok(pong)) = (poll, pong)
            && tokio::time::timeout(PING_MAX, serve(poll)).await.is_ok()
        {
            // Of a transport that has ended meanwhile the client hears soon enough.
            drop(serve(pong).await);
        }
    }
    Response::from_parts(head, Body::from(body))
}

/// The id in an open packet.
fn sid(packet: &[u8]) -> Option<String> {
    let open: Open = serde_json::from_slice(packet.strip_prefix(b"0")?).ok()?;
    Some(open.sid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_that_of_the_open_packet_and_of_no_other() {
        assert_eq!(
            sid(br#"0{"sid":"abc","upgrades":["websocket"],"pingInterval":300}"#),
            Some("abc".to_owned())
        );
        for other in [&b""[..], b"0", b"0{}", b"4{\"sid\":\"abc\"}", b"{\"message\":\"x\"}"] {
            assert_eq!(sid(other), None, "{other:?}");
        }
    }
}
