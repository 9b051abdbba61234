//! A raw client of Socket.IO that polls: requests, payloads and packets made and read here, by hand.

use std::collections::VecDeque;
use std::net::SocketAddr;

use serde_json::{Value, json};

use super::rest::Rest;
use super::sio::Packet;

/// Separates packets in a payload of Engine.IO 4.
const SEPARATOR: char = '\u{1e}';

/// One socket whose transport polls.
pub(crate) struct Poller {
    rest: Rest,
    path: String,
    /// Whether it speaks Engine.IO 3.
    is_older: bool,
    passed: VecDeque<Packet>,
    /// What the server welcomed us with.
    pub(crate) welcome: Value,
}

impl Poller {
    /// Opens a transport of Engine.IO 4 or 3, joins by this token and is welcomed.
    pub(crate) fn hello(address: SocketAddr, engine: u8, token: &str) -> Self {
        let path = format!("/socket.io/?EIO={engine}&transport=polling");
        let mut poller = Self {
            rest: Rest::bearer(address, token),
            path,
            is_older: engine == 3,
            passed: VecDeque::new(),
            welcome: Value::Null,
        };
        let packets = poller.poll().expect("a transport");
        let Some(Packet::Open(open)) = packets.first() else {
            panic!("no open packet: {packets:?}")
        };
        poller.path = format!("{}&sid={}", poller.path, open["sid"].as_str().unwrap());
        if !poller.is_older {
            poller.post("40");
        }
        poller.welcome = poller.event("welcome").0;
        poller
    }

    pub(crate) fn client_id(&self) -> &str {
        self.welcome["client_id"].as_str().unwrap()
    }

    /// One poll; `None` when there is no such transport any more. Pings are answered.
    pub(crate) fn poll(&mut self) -> Option<Vec<Packet>> {
        let answer = self.rest.get(&self.path);
        if answer.status == 400 {
            return None;
        }
        assert_eq!(answer.status, 200, "{answer:?}");
        let texts = if self.is_older {
            counted(&answer.body)
        } else {
            answer.body.split(SEPARATOR).map(str::to_owned).collect()
        };
        let mut packets = Vec::new();
        for text in texts {
            match text.as_str() {
                "2" => self.post("3"),
                "6" => {}
                text => packets.push(Packet::read(text)),
            }
        }
        Some(packets)
    }

    /// Posts one packet.
    pub(crate) fn post(&mut self, packet: &str) {
        let body = if self.is_older {
            format!("{}:{packet}", packet.chars().count())
        } else {
            packet.to_owned()
        };
        let answer = self
            .rest
            .ask("POST", &self.path, "Content-Type: text/plain\r\n", Some(&body));
        assert_eq!((answer.status, answer.body.as_str()), (200, "ok"), "{packet}");
    }

    /// Emits without an acknowledgement.
    pub(crate) fn emit(&mut self, event: &str, fields: &Value) {
        self.post(&format!("42{}", json!([event, fields])));
    }

    /// Waits for an event: what came with it first, and the acknowledgement it wants.
    pub(crate) fn event(&mut self, name: &str) -> (Value, Option<u64>) {
        loop {
            while let Some(packet) = self.passed.pop_front() {
                match packet {
                    Packet::Event(known, args, ack) if known == name => {
                        return (args.into_iter().next().unwrap_or_default(), ack);
                    }
                    _ => {}
                }
            }
            let packets = self.poll().unwrap_or_else(|| panic!("the end before `{name}`"));
            self.passed.extend(packets);
        }
    }

    /// Everything up to the end of the transport.
    pub(crate) fn rest(&mut self) -> Vec<Packet> {
        let mut packets: Vec<Packet> = self.passed.drain(..).collect();
        while let Some(more) = self.poll() {
            packets.extend(more);
        }
        packets
    }
}

/// Packets behind their lengths.
fn counted(mut payload: &str) -> Vec<String> {
    let mut packets = Vec::new();
    while let Some((length, rest)) = payload.split_once(':') {
        let length: usize = length.parse().unwrap();
        packets.push(rest.chars().take(length).collect());
        let end = rest.char_indices().nth(length).map_or(rest.len(), |(at, _)| at);
        payload = &rest[end..];
    }
    packets
}
