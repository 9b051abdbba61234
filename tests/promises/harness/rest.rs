//! A client of the HTTP side that says exactly what it is told to: one connection, requests one after the other.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};

use serde_json::Value;
use socket2::{Domain, Socket, Type};

use super::SOON;
use super::document::check_response;

/// One answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// In lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    /// A header of the answer.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines
            .into_iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.trim())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|err| panic!("{err}: {self:?}"))
    }

    /// The code of a problem document; everything that makes it one is looked at.
    pub(crate) fn code(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{problem}");
        assert!(!problem["title"].as_str().unwrap().is_empty() && !problem["detail"].as_str().unwrap().is_empty());
        problem["code"].as_str().unwrap().to_owned()
    }
}

/// A connection that is kept.
pub(crate) struct Rest {
    stream: TcpStream,
    bytes: Vec<u8>,
    headers: String,
}

impl Rest {
    /// Nobody in particular.
    pub(crate) fn guest(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).unwrap(), address)
    }

    /// The same from another address of this machine, with so little room for what is not read yet.
    pub(crate) fn guest_from(from: IpAddr, address: SocketAddr, room_bytes: usize) -> Self {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(room_bytes).unwrap();
        socket.bind(&SocketAddr::from((from, 0)).into()).unwrap();
        socket.connect(&address.into()).unwrap();
        Self::over(socket.into(), address)
    }

    fn over(stream: TcpStream, address: SocketAddr) -> Self {
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        Self {
            stream,
            bytes: Vec::new(),
            headers: format!("Host: {address}\r\n"),
        }
    }

    /// By a token or key.
    pub(crate) fn bearer(address: SocketAddr, token: &str) -> Self {
        Self::guest(address).with(&format!("Authorization: Bearer {token}"))
    }

    /// With one more header in each request.
    pub(crate) fn with(mut self, header: &str) -> Self {
        self.headers.push_str(header);
        self.headers.push_str("\r\n");
        self
    }

    pub(crate) fn get(&mut self, path: &str) -> Reply {
        self.ask("GET", path, "", None)
    }

    pub(crate) fn post(&mut self, path: &str, body: &Value) -> Reply {
        self.ask("POST", path, "", Some(&body.to_string()))
    }

    /// A request with these headers and, as JSON, this body.
    pub(crate) fn ask(&mut self, method: &str, path: &str, headers: &str, body: Option<&str>) -> Reply {
        let mut text = format!("{method} {path} HTTP/1.1\r\n{}{headers}", self.headers);
        if let Some(body) = body {
            if !headers.to_lowercase().contains("content-type:") {
                text.push_str("Content-Type: application/json\r\n");
            }
            text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        } else {
            text.push_str("\r\n");
        }
        self.say(text.as_bytes());
        let reply = self.hear(method);
        if method != "HEAD" {
            check_response(method, path, reply.status, reply.header("content-type"), &reply.body);
        }
        reply
    }

    /// A request with bytes as its body.
    pub(crate) fn post_bytes(&mut self, path: &str, kind: &str, body: &[u8]) -> Reply {
        let (headers, length) = (&self.headers, body.len());
        let head = format!("POST {path} HTTP/1.1\r\n{headers}Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n");
        self.say(&[head.as_bytes(), body].concat());
        let reply = self.hear("POST");
        check_response("POST", path, reply.status, reply.header("content-type"), &reply.body);
        reply
    }

    /// Bytes as they are.
    pub(crate) fn say(&mut self, bytes: &[u8]) {
        // A server that has refused already reads no more.
        drop(self.stream.write_all(bytes));
    }

    /// The next answer.
    pub(crate) fn hear(&mut self, method: &str) -> Reply {
        self.try_hear(method).expect("an answer")
    }

    /// The next answer; none when the server ended the connection before.
    pub(crate) fn try_hear(&mut self, method: &str) -> Option<Reply> {
        let head_end = loop {
            if let Some(at) = self.bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break at;
            }
            if !self.more() {
                return None;
            }
        };
        let rest = self.bytes.split_off(head_end + 4);
        let head = String::from_utf8(std::mem::replace(&mut self.bytes, rest)).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let lower: Vec<String> = head
            .lines()
            .map(|line| {
                line.split_once(':').map_or(line.to_lowercase(), |(name, value)| {
                    format!("{}:{value}", name.to_lowercase())
                })
            })
            .collect();
        let mut reply = Reply {
            status,
            head: lower.join("\n"),
            body: String::new(),
        };
        let length: usize = reply
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        if reply.header("transfer-encoding") == Some("chunked") && method != "HEAD" {
            reply.body = self.chunks();
        } else if method != "HEAD" && status != 304 {
            while self.bytes.len() < length {
                assert!(self.more(), "the body is cut short");
            }
            let rest = self.bytes.split_off(length);
            reply.body = String::from_utf8(std::mem::replace(&mut self.bytes, rest)).unwrap();
        }
        Some(reply)
    }

    /// A body that comes in chunks.
    fn chunks(&mut self) -> String {
        let mut body = Vec::new();
        loop {
            let line = self.take_until(b"\r\n");
            let length = usize::from_str_radix(line.trim(), 16).unwrap();
            while self.bytes.len() < length + 2 {
                assert!(self.more(), "the body is cut short");
            }
            let rest = self.bytes.split_off(length + 2);
            let chunk = std::mem::replace(&mut self.bytes, rest);
            body.extend_from_slice(&chunk[..length]);
            if length == 0 {
                return String::from_utf8(body).unwrap();
            }
        }
    }

    fn take_until(&mut self, end: &[u8]) -> String {
        loop {
            if let Some(at) = self.bytes.windows(end.len()).position(|some| some == end) {
                let rest = self.bytes.split_off(at + end.len());
                return String::from_utf8(std::mem::replace(&mut self.bytes, rest)).unwrap();
            }
            assert!(self.more(), "the body is cut short");
        }
    }

    fn more(&mut self) -> bool {
        let mut some = [0; 16_384];
        match self.stream.read(&mut some) {
            Ok(0) | Err(_) => false,
            Ok(count) => {
                self.bytes.extend_from_slice(&some[..count]);
                true
            }
        }
    }
}
