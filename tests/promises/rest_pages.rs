//! What is looked at over HTTP: the page of the API, lists that go on, and one of several in a path.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::harness::{Rest, Server, hour};
use crate::rest::rest;

/// The body of a GET as bytes.
fn bytes(address: SocketAddr, path: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    let body_at = all.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    all.split_off(body_at)
}

#[test]
fn the_page_of_the_api_holds_no_script_and_asks_no_other_server() {
    let server = Server::start();
    let mut guest = Rest::guest(server.http());
    let page = guest.get("/docs");
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self';") && !policy.contains("unsafe"),
        "{policy}"
    );
    let scripts = page.body.matches("<script").count();
    assert_eq!(page.body.matches("<script src=\"/docs/").count(), scripts);
    assert!(scripts > 0 && !page.body.contains("://") && !page.body.contains(" style=") && !page.body.contains(" on"));
    for path in ["/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js"] {
        let head = guest.ask("HEAD", path, "", None);
        let length: usize = head.header("content-length").unwrap().parse().unwrap();
        assert!((10_000..600_000).contains(&length), "{path}: {length}");
        assert_eq!(head.header("content-encoding"), Some("gzip"), "{path}");
        let body = bytes(server.http(), path);
        assert_eq!(body.len(), length);
        let mut gzip = Command::new("gzip").arg("-t").stdin(Stdio::piped()).spawn().unwrap();
        gzip.stdin.take().unwrap().write_all(&body).unwrap();
        assert!(gzip.wait().unwrap().success(), "{path} is no gzip");
        let tag = format!("If-None-Match: {}\r\n", head.header("etag").unwrap());
        assert_eq!(guest.ask("GET", path, &tag, None).status, 304, "{path}");
    }
    assert_eq!(guest.get("/docs/init.js").status, 200);
    assert_eq!(guest.ask("POST", "/docs", "", None).code(), "bad_frame");
    assert_eq!(guest.get("/docs/other.js").status, 404);
}

#[test]
fn the_next_page_is_of_the_same_question() {
    let server = Server::start();
    let mut anna = rest(&server, "anna");
    let made = anna.post(
        "/api/v1/bookings",
        &json!({"car": "amber", "start": hour(0), "end": hour(1)}),
    );
    let booking = made.json()["booking"].clone();
    let first = anna.get("/api/v1/bookings?state=reserved&car=amber");
    let link = format!("</api/v1/bookings?state=reserved&car=amber&before={booking}>; rel=\"next\"");
    assert_eq!(first.header("link"), Some(link.as_str()));
    let next = anna.get(&format!("/api/v1/bookings?state=reserved&car=amber&before={booking}"));
    assert_eq!((next.json(), next.header("link")), (json!([]), None));
}

#[test]
fn one_of_several_is_named_by_the_path() {
    let server = Server::start();
    let mut mona = rest(&server, "mona");
    let mut socket = server.as_user("anna");
    let name = socket.name().to_owned();
    let muted = mona.post(&format!("/api/v1/clients/{name}/mute"), &json!({"reason": "noise"}));
    assert_eq!(muted.status, 200, "{muted:?}");
    assert_eq!(socket.code_of("s.tell", json!([name, "hello"])), "muted");
    let unmuted = mona.ask("DELETE", &format!("/api/v1/clients/{name}/mute"), "", None);
    assert_eq!(unmuted.status, 200, "{unmuted:?}");
    let nobody = mona.post("/api/v1/clients/nobody-here/kick", &json!({}));
    assert_eq!((nobody.status, nobody.code().as_str()), (404, "not_found"));
    let job = mona.ask("DELETE", "/api/v1/jobs/4242", "", None);
    assert_eq!(job.status, 404, "{job:?}");
    let why = mona.get("/api/v1/why/s.book");
    assert_eq!(why.status, 200, "{why:?}");
}
