//! A raw client of Socket.IO over a WebSocket: frames, packets and acknowledgements made and read here, by hand.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};

use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};

use super::{Refused, SOON};

/// The path of a WebSocket that continues nothing.
pub(crate) const WEBSOCKET: &str = "/socket.io/?EIO=4&transport=websocket";

/// One socket.
pub(crate) struct Sio {
    stream: TcpStream,
    bytes: Vec<u8>,
    next_ack: u64,
    /// Packets that came while another was waited for.
    passed: VecDeque<Packet>,
    /// What the server welcomed us with.
    pub(crate) welcome: Value,
}

/// What a server says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Packet {
    /// The transport is open.
    Open(Value),
    /// The namespace is joined.
    Connected(Value),
    /// It is not.
    Refused(Value),
    /// It is left.
    Disconnected,
    /// Something happened; the number is that of the acknowledgement that is wanted.
    Event(String, Vec<Value>, Option<u64>),
    /// An acknowledgement.
    Ack(u64, Vec<Value>),
    /// Anything of Engine.IO.
    Other(String),
}

impl Packet {
    pub(crate) fn read(text: &str) -> Self {
        let body = |from: usize| serde_json::from_str(&text[from..]).unwrap_or(Value::Null);
        let numbered = |rest: &str| -> (Option<u64>, Vec<Value>) {
            let at = rest.find('[').unwrap();
            (rest[..at].parse().ok(), serde_json::from_str(&rest[at..]).unwrap())
        };
        match text.get(..2).unwrap_or(text) {
            "40" => Self::Connected(body(2)),
            "41" => Self::Disconnected,
            "42" => {
                let (ack, mut items) = numbered(&text[2..]);
                let name = items.remove(0).as_str().unwrap().to_owned();
                Self::Event(name, items, ack)
            }
            "43" => {
                let (id, items) = numbered(&text[2..]);
                Self::Ack(id.unwrap(), items)
            }
            "44" => Self::Refused(body(2)),
            _ if text.starts_with('0') => Self::Open(body(1)),
            _ => Self::Other(text.to_owned()),
        }
    }
}

impl Sio {
    /// Asks for a WebSocket; the status when there is none.
    pub(crate) fn dial(address: SocketAddr, path: &str, headers: &str) -> Result<Self, u16> {
        let stream = TcpStream::connect(address).unwrap();
        Self::dial_over(stream, address, path, headers)
    }

    /// The same from another address of this machine.
    pub(crate) fn dial_from(from: IpAddr, address: SocketAddr, path: &str) -> Result<Self, u16> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((from, 0)).into()).unwrap();
        socket.connect(&address.into()).unwrap();
        Self::dial_over(socket.into(), address, path, "")
    }

    fn dial_over(mut stream: TcpStream, address: SocketAddr, path: &str, headers: &str) -> Result<Self, u16> {
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        stream.set_write_timeout(Some(SOON)).unwrap();
        let host = if headers.to_lowercase().contains("host:") {
            String::new()
        } else {
            format!("Host: {address}\r\n")
        };
        let request = format!(
            "GET {path} HTTP/1.1\r\n{host}{headers}Upgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut one = [0];
            stream.read_exact(&mut one).unwrap();
            head.push(one[0]);
        }
        let status = String::from_utf8(head).unwrap().split(' ').nth(1).unwrap().parse();
        match status.unwrap() {
            101 => Ok(Self {
                stream,
                bytes: Vec::new(),
                next_ack: 0,
                passed: VecDeque::new(),
                welcome: Value::Null,
            }),
            status => Err(status),
        }
    }

    /// Opens a transport and joins; `None` sends no `auth`.
    pub(crate) fn join(address: SocketAddr, headers: &str, auth: Option<Value>) -> Result<Self, String> {
        let mut sio = Self::dial(address, WEBSOCKET, headers).unwrap();
        assert!(matches!(sio.read(), Some(Packet::Open(_))));
        sio.connect(auth)?;
        Ok(sio)
    }

    /// Joins on an open transport; the message when it is refused.
    pub(crate) fn connect(&mut self, auth: Option<Value>) -> Result<Value, String> {
        self.say(&format!("40{}", auth.map_or(String::new(), |auth| auth.to_string())));
        match self.read() {
            Some(Packet::Connected(said)) => Ok(said),
            Some(Packet::Refused(said)) => Err(said["message"].as_str().unwrap().to_owned()),
            other => panic!("neither connected nor refused: {other:?}"),
        }
    }

    /// Joins and is welcomed.
    pub(crate) fn hello(address: SocketAddr, auth: Value) -> Self {
        let mut sio = Self::join(address, "", Some(auth)).unwrap();
        sio.welcome = sio.event("welcome").0;
        sio
    }

    pub(crate) fn client_id(&self) -> &str {
        self.welcome["client_id"].as_str().unwrap()
    }

    pub(crate) fn name(&self) -> &str {
        self.welcome["name"].as_str().unwrap()
    }

    /// One text frame.
    pub(crate) fn say(&mut self, text: &str) {
        self.say_frame(0x81, text.as_bytes());
    }

    /// One frame of a kind; a server that has closed takes nothing more.
    pub(crate) fn say_frame(&mut self, kind: u8, payload: &[u8]) {
        drop(self.try_say_frame(kind, payload));
    }

    pub(crate) fn try_say_frame(&mut self, kind: u8, payload: &[u8]) -> std::io::Result<()> {
        let mut frame = vec![kind];
        match payload.len() {
            short @ 0..126 => frame.push(0x80 | u8::try_from(short).unwrap()),
            middle @ 126..65_536 => {
                frame.push(0x80 | 126);
                frame.extend(u16::try_from(middle).unwrap().to_be_bytes());
            }
            long => {
                frame.push(0x80 | 127);
                frame.extend(u64::try_from(long).unwrap().to_be_bytes());
            }
        }
        // Masked by nothing, which is a mask too.
        frame.extend([0; 4]);
        frame.extend(payload);
        self.stream.write_all(&frame)
    }

    /// The next packet; `None` when the server has ended the transport. Pings are answered.
    pub(crate) fn read(&mut self) -> Option<Packet> {
        loop {
            match self.read_frame()? {
                (1, payload) if payload == b"2" => self.say("3"),
                (1, payload) => return Some(Packet::read(std::str::from_utf8(&payload).unwrap())),
                (8, _) => {}
                (kind, payload) => return Some(Packet::Other(format!("{kind}: {payload:?}"))),
            }
        }
    }

    /// The next frame of the WebSocket: its kind and what is in it.
    pub(crate) fn read_frame(&mut self) -> Option<(u8, Vec<u8>)> {
        self.fill(2)?;
        let (kind, short) = (self.bytes[0] & 15, usize::from(self.bytes[1] & 127));
        let (head, length) = match short {
            126 => {
                self.fill(4)?;
                (4, usize::from(u16::from_be_bytes([self.bytes[2], self.bytes[3]])))
            }
            127 => {
                self.fill(10)?;
                let length = u64::from_be_bytes(self.bytes[2..10].try_into().unwrap());
                (10, usize::try_from(length).unwrap())
            }
            short => (2, short),
        };
        self.fill(head + length)?;
        let rest = self.bytes.split_off(head + length);
        let mut frame = std::mem::replace(&mut self.bytes, rest);
        Some((kind, frame.split_off(head)))
    }

    fn fill(&mut self, wanted: usize) -> Option<()> {
        while self.bytes.len() < wanted {
            let mut some = [0; 16_384];
            match self.stream.read(&mut some) {
                Ok(0) => return None,
                Ok(count) => self.bytes.extend_from_slice(&some[..count]),
                Err(err) if matches!(err.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => return None,
                Err(err) => panic!("nothing came: {err}"),
            }
        }
        Some(())
    }

    fn next(&mut self, mut is_wanted: impl FnMut(&Packet) -> bool) -> Option<Packet> {
        if let Some(at) = self.passed.iter().position(&mut is_wanted) {
            return self.passed.remove(at);
        }
        loop {
            let packet = self.read()?;
            if is_wanted(&packet) {
                return Some(packet);
            }
            self.passed.push_back(packet);
        }
    }

    /// Waits for an event: what came with it first, and the acknowledgement it wants.
    pub(crate) fn event(&mut self, name: &str) -> (Value, Option<u64>) {
        let found = self.next(|packet| matches!(packet, Packet::Event(known, ..) if known == name));
        match found {
            Some(Packet::Event(_, args, ack)) => (args.into_iter().next().unwrap_or_default(), ack),
            _ => panic!("the end before `{name}`"),
        }
    }

    /// The events that came up to now of that name, after a round trip.
    pub(crate) fn events_so_far(&mut self, name: &str) -> usize {
        self.ask("request", json!(["PING"])).unwrap();
        let before = self.passed.len();
        self.passed
            .retain(|packet| !matches!(packet, Packet::Event(known, ..) if known == name));
        before - self.passed.len()
    }

    /// The acknowledgement that an event wants which came up to now, after a round trip.
    pub(crate) fn next_event(&mut self) -> Option<u64> {
        self.ask("request", json!(["PING"])).unwrap();
        self.passed.iter().find_map(|packet| match packet {
            Packet::Event(name, _, ack) if name == "event" => *ack,
            _ => None,
        })
    }

    /// Emits without an acknowledgement.
    pub(crate) fn emit(&mut self, event: &str, args: Value) {
        let mut items = vec![json!(event)];
        items.extend(args.as_array().unwrap().iter().cloned());
        self.say(&format!("42{}", Value::Array(items)));
    }

    /// Emits with an acknowledgement; gives its number.
    pub(crate) fn emit_wanting(&mut self, event: &str, args: Value) -> u64 {
        let mut items = vec![json!(event)];
        items.extend(args.as_array().unwrap().iter().cloned());
        let ack = self.next_ack;
        self.next_ack += 1;
        self.say(&format!("42{ack}{}", Value::Array(items)));
        ack
    }

    /// Waits for an acknowledgement: what went well, or how it was refused.
    pub(crate) fn acknowledged(&mut self, ack: u64) -> Result<Value, Refused> {
        match self.next(|packet| matches!(packet, Packet::Ack(known, _) if *known == ack)) {
            Some(Packet::Ack(_, args)) => match args[0].get("error") {
                Some(error) => Err(Refused::of(error)),
                None => Ok(args[0]["ok"].clone()),
            },
            _ => panic!("the end before acknowledgement {ack}"),
        }
    }

    /// Emits and waits.
    pub(crate) fn ask(&mut self, event: &str, args: Value) -> Result<Value, Refused> {
        let ack = self.emit_wanting(event, args);
        self.acknowledged(ack)
    }

    /// Calls and waits.
    pub(crate) fn call(&mut self, command: &str, args: Value) -> Result<Value, Refused> {
        self.ask("call", json!([command, args]))
    }

    /// Calls something that must be refused; gives the code.
    pub(crate) fn code_of(&mut self, command: &str, args: Value) -> String {
        self.call(command, args).expect_err(command).code
    }

    /// Answers a question of the server.
    pub(crate) fn answer(&mut self, ack: Option<u64>, outcome: &Value) {
        let ack = ack.expect("the server wants an answer");
        self.say(&format!("43{ack}[{outcome}]"));
    }

    /// Everything up to the end of the transport.
    pub(crate) fn rest(&mut self) -> Vec<Packet> {
        let mut packets: Vec<Packet> = self.passed.drain(..).collect();
        packets.extend(std::iter::from_fn(|| self.read()));
        packets
    }
}
