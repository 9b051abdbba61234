//! What the protocols demand of a server of Engine.IO 4 and Socket.IO 5, packet by packet, by hand.
//!
//! The same demands as those of the official suites, which `examples/socketio_conformance.rs` serves; here without Node.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "in a test a panic is the report"
)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use axum::Router;
use motorpool::http::socketio::conformance;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

const SOON: Duration = Duration::from_secs(20);
const POLLING: &str = "/socket.io/?EIO=4&transport=polling";
const WEBSOCKET: &str = "/socket.io/?EIO=4&transport=websocket";

/// A server of one's own, which ends with the runtime.
fn server() -> (Runtime, SocketAddr) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    drop(runtime.spawn(conformance::serve(listener, Router::new())));
    (runtime, address)
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream
}

/// One request on a connection of its own: the status and the body.
fn ask(address: SocketAddr, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = connect(address);
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// Opens a transport that polls; gives its path.
fn polling(address: SocketAddr) -> String {
    let (status, body) = ask(address, "GET", POLLING, "");
    assert_eq!((status, &body[..1]), (200, "0"));
    let open: Value = serde_json::from_str(&body[1..]).unwrap();
    handshake(&open, &json!(["websocket"]));
    format!("{POLLING}&sid={}", open["sid"].as_str().unwrap())
}

fn handshake(open: &Value, upgrades: &Value) {
    assert_eq!(open.as_object().unwrap().len(), 5);
    assert!(open["sid"].is_string());
    assert_eq!(open["upgrades"], *upgrades);
    assert_eq!(
        (&open["pingInterval"], &open["pingTimeout"]),
        (&json!(300), &json!(200))
    );
    assert_eq!(open["maxPayload"], 1_000_000);
}

/// A WebSocket.
struct Socket(TcpStream);

#[derive(Debug, PartialEq)]
enum Frame {
    Text(String),
    Bytes(Vec<u8>),
    End,
}

impl Socket {
    /// None where the request is refused.
    fn dial(address: SocketAddr, path: &str) -> Option<Self> {
        let mut stream = connect(address);
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut one = [0];
            stream.read_exact(&mut one).unwrap();
            head.push(one[0]);
        }
        head.starts_with(b"HTTP/1.1 101").then_some(Self(stream))
    }

    fn open(address: SocketAddr) -> Self {
        let mut socket = Self::dial(address, WEBSOCKET).unwrap();
        let Frame::Text(open) = socket.read() else {
            panic!("no open packet")
        };
        handshake(
            &serde_json::from_str(open.strip_prefix('0').unwrap()).unwrap(),
            &json!([]),
        );
        socket
    }

    /// On the main namespace.
    fn joined(address: SocketAddr) -> Self {
        let mut socket = Self::open(address);
        socket.say("40");
        assert!(socket.text().starts_with("40{\"sid\":"));
        assert_eq!(socket.text(), "42[\"auth\",{}]");
        socket
    }

    fn say(&mut self, text: &str) {
        self.frame(0x81, text.as_bytes());
    }

    fn frame(&mut self, kind: u8, payload: &[u8]) {
        let mut frame = vec![kind, 0x80 | u8::try_from(payload.len()).unwrap(), 0, 0, 0, 0];
        frame.extend(payload);
        // A server that has closed takes nothing more.
        drop(self.0.write_all(&frame));
    }

    fn read(&mut self) -> Frame {
        let mut head = [0; 2];
        if self.0.read_exact(&mut head).is_err() {
            return Frame::End;
        }
        let mut payload = vec![0; usize::from(head[1])];
        if self.0.read_exact(&mut payload).is_err() {
            return Frame::End;
        }
        match head[0] & 15 {
            1 => Frame::Text(String::from_utf8(payload).unwrap()),
            2 => Frame::Bytes(payload),
            _ => Frame::End,
        }
    }

    /// The next frame but pings, which are answered.
    fn next(&mut self) -> Frame {
        loop {
            match self.read() {
                Frame::Text(ping) if ping == "2" => self.say("3"),
                other => return other,
            }
        }
    }

    fn text(&mut self) -> String {
        match self.next() {
            Frame::Text(text) => text,
            other => panic!("no text: {other:?}"),
        }
    }

    fn is_over(&mut self) -> bool {
        loop {
            match self.read() {
                Frame::End => return true,
                // A ping that was on its way, or the word that it is over.
                Frame::Text(last) if last == "2" || last == "1" => {}
                other => panic!("not the end: {other:?}"),
            }
        }
    }
}

#[test]
fn a_handshake_names_its_bounds_and_a_wrong_one_is_refused() {
    let (_runtime, address) = server();
    polling(address);
    Socket::open(address);
    for query in [
        "transport=polling",
        "EIO=abc&transport=polling",
        "EIO=4",
        "EIO=4&transport=abc",
    ] {
        let path = format!("/socket.io/?{query}");
        assert_eq!(ask(address, "GET", &path, "").0, 400, "{query}");
        assert!(
            Socket::dial(address, &path.replace("polling", "websocket")).is_none(),
            "{query}"
        );
    }
    for method in ["POST", "PUT"] {
        assert_eq!(ask(address, method, POLLING, "").0, 400, "{method}");
    }
}

#[test]
fn pings_are_sent_to_both_transports_and_silence_ends_them() {
    let (_runtime, address) = server();
    let path = polling(address);
    let mut socket = Socket::open(address);
    for _ in 0..3 {
        assert_eq!(ask(address, "GET", &path, ""), (200, "2".to_owned()));
        assert_eq!(ask(address, "POST", &path, "3"), (200, "ok".to_owned()));
        assert_eq!(socket.read(), Frame::Text("2".to_owned()));
        socket.say("3");
    }
    assert!(socket.is_over(), "no more pongs");
    while ask(address, "GET", &path, "").0 != 400 {}
}

#[test]
fn a_client_that_leaves_is_let_go_on_both_transports() {
    let (_runtime, address) = server();
    let path = polling(address);
    assert_eq!(ask(address, "POST", &path, "1").0, 200);
    assert_eq!(ask(address, "GET", &path, "").0, 400);
    let mut socket = Socket::open(address);
    socket.say("1");
    assert!(socket.is_over());
}

#[test]
fn polling_becomes_a_websocket_once() {
    let (_runtime, address) = server();
    let path = polling(address);
    let upgrade = path.replace("polling", "websocket");
    let mut socket = Socket::dial(address, &upgrade).unwrap();
    socket.say("2probe");
    assert_eq!(socket.text(), "3probe");
    socket.say("5");
    socket.say("40");
    assert!(socket.text().starts_with("40{\"sid\":"));
    assert_eq!(ask(address, "GET", &path, "").0, 400);
    assert!(Socket::dial(address, &upgrade).is_none_or(|mut second| second.is_over()));
}

#[test]
fn namespaces_are_joined_with_or_without_a_payload_and_unknown_ones_are_not() {
    let (_runtime, address) = server();
    for (join, joined, auth) in [
        ("40", "40{\"sid\":", "42[\"auth\",{}]"),
        (
            "40{\"token\":\"123\"}",
            "40{\"sid\":",
            "42[\"auth\",{\"token\":\"123\"}]",
        ),
        ("40/custom,", "40/custom,{\"sid\":", "42/custom,[\"auth\",{}]"),
        (
            "40/custom,{\"token\":\"abc\"}",
            "40/custom,{\"sid\":",
            "42/custom,[\"auth\",{\"token\":\"abc\"}]",
        ),
    ] {
        let mut socket = Socket::open(address);
        socket.say(join);
        assert!(socket.text().starts_with(joined), "{join}");
        assert_eq!(socket.text(), auth);
    }
    let mut socket = Socket::open(address);
    socket.say("40/random");
    assert_eq!(socket.text(), "44/random,{\"message\":\"Invalid namespace\"}");
    let mut socket = Socket::open(address);
    socket.say("4abc");
    assert!(socket.is_over());
    assert!(Socket::open(address).is_over(), "nothing is joined in time");
}

#[test]
fn one_namespace_is_left_and_the_other_stays() {
    let (_runtime, address) = server();
    let mut socket = Socket::joined(address);
    socket.say("40/custom");
    assert!(socket.text().starts_with("40/custom,{\"sid\":"));
    assert_eq!(socket.text(), "42/custom,[\"auth\",{}]");
    socket.say("41/custom");
    socket.say("42[\"message\",\"to the main namespace\"]");
    assert_eq!(socket.text(), "42[\"message-back\",\"to the main namespace\"]");
}

#[test]
fn events_and_acknowledgements_come_back_as_they_went_with_their_attachments() {
    let (_runtime, address) = server();
    let mut socket = Socket::joined(address);
    socket.say("42[\"message\",1,\"2\",{\"3\":[true]}]");
    assert_eq!(socket.text(), "42[\"message-back\",1,\"2\",{\"3\":[true]}]");
    socket.say("42456[\"message-with-ack\",1,\"2\",{\"3\":[false]}]");
    assert_eq!(socket.text(), "43456[1,\"2\",{\"3\":[false]}]");
    let places = "{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}";
    for (sent, wanted) in [
        (
            format!("452-[\"message\",{places}]"),
            format!("452-[\"message-back\",{places}]"),
        ),
        (
            format!("452-789[\"message-with-ack\",{places}]"),
            format!("462-789[{places}]"),
        ),
    ] {
        socket.say(&sent);
        socket.frame(0x82, &[1, 2, 3]);
        socket.frame(0x82, &[4, 5, 6]);
        assert_eq!(socket.text(), wanted);
        assert_eq!(socket.next(), Frame::Bytes(vec![1, 2, 3]));
        assert_eq!(socket.next(), Frame::Bytes(vec![4, 5, 6]));
    }
}

#[test]
fn what_is_no_packet_ends_the_transport() {
    let (_runtime, address) = server();
    for wrong in ["abc", "4abc", "44", "42{}", "450-[", "5"] {
        let mut socket = Socket::joined(address);
        socket.say(wrong);
        while !matches!(socket.read(), Frame::End) {}
    }
    let path = polling(address);
    assert_eq!(ask(address, "POST", &path, "abc").0, 400);
    assert_eq!(ask(address, "GET", &path, "").0, 400);
}
