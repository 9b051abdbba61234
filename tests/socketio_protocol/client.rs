//! Requests and WebSocket frames, made and read by hand.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(20);

/// The two paths: Engine.IO alone, and below Socket.IO.
pub(crate) const ENGINES: [&str; 2] = ["/engine.io/", "/socket.io/"];

/// A path with this query.
pub(crate) fn at(engine: &str, query: &str) -> String {
    format!("{engine}?{query}")
}

/// A request on a connection of its own whose answer is read later.
pub(crate) struct Asked(TcpStream);

impl Asked {
    pub(crate) fn new(address: SocketAddr, method: &str, path: &str, body: &str) -> Self {
        let mut stream = connect(address);
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        Self(stream)
    }

    /// The status and the body.
    pub(crate) fn answer(mut self) -> (u16, String) {
        let mut text = String::new();
        self.0.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream
}

/// One request: the status and the body.
pub(crate) fn ask(address: SocketAddr, method: &str, path: &str, body: &str) -> (u16, String) {
    Asked::new(address, method, path, body).answer()
}

/// Opens a transport that polls; gives its path.
pub(crate) fn polling(address: SocketAddr, engine: &str) -> String {
    let path = at(engine, "EIO=4&transport=polling");
    let (status, body) = ask(address, "GET", &path, "");
    assert_eq!((status, &body[..1]), (200, "0"));
    let open: Value = serde_json::from_str(&body[1..]).unwrap();
    handshake(&open, &json!(["websocket"]));
    format!("{path}&sid={}", open["sid"].as_str().unwrap())
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
pub(crate) struct Socket(TcpStream);

#[derive(Debug, PartialEq)]
pub(crate) enum Frame {
    Text(String),
    Bytes(Vec<u8>),
    End,
}

impl Socket {
    /// None where the request is refused.
    pub(crate) fn dial(address: SocketAddr, path: &str) -> Option<Self> {
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

    pub(crate) fn open(address: SocketAddr, engine: &str) -> Self {
        let mut socket = Self::dial(address, &at(engine, "EIO=4&transport=websocket")).unwrap();
        let Frame::Text(open) = socket.read() else {
            panic!("no open packet")
        };
        handshake(
            &serde_json::from_str(open.strip_prefix('0').unwrap()).unwrap(),
            &json!([]),
        );
        socket
    }

    /// The WebSocket that continues a transport that polls, probed.
    pub(crate) fn probing(address: SocketAddr, path: &str) -> Self {
        let mut socket = Self::dial(address, &path.replace("polling", "websocket")).unwrap();
        socket.say("2probe");
        assert_eq!(socket.text(), "3probe");
        socket
    }

    pub(crate) fn say(&mut self, text: &str) {
        self.frame(0x81, text.as_bytes());
    }

    pub(crate) fn frame(&mut self, kind: u8, payload: &[u8]) {
        let mut frame = vec![kind, 0x80 | u8::try_from(payload.len()).unwrap(), 0, 0, 0, 0];
        frame.extend(payload);
        // A server that has closed takes nothing more.
        drop(self.0.write_all(&frame));
    }

    pub(crate) fn read(&mut self) -> Frame {
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
    pub(crate) fn next(&mut self) -> Frame {
        loop {
            match self.read() {
                Frame::Text(ping) if ping == "2" => self.say("3"),
                other => return other,
            }
        }
    }

    pub(crate) fn text(&mut self) -> String {
        match self.next() {
            Frame::Text(text) => text,
            other => panic!("no text: {other:?}"),
        }
    }

    pub(crate) fn is_over(&mut self) -> bool {
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
