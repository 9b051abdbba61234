//! Raw sockets for loads of many connections: a handshake, a message in bytes, and how long a delivery is.
//!
//! Motorpool, Redis and NATS side by side: only what travels differs, who reads it is the same.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use motorpool::wire::{self, Everybody, Frame, Hello, Login, PROTOCOL, Target};

use super::talk::{LENGTH_BYTES, bytes_of};
use super::{Fault, check};

/// Digits of its number, with which the body begins.
pub(crate) const DIGITS: usize = 10;
const PATIENCE: Duration = Duration::from_secs(30);

/// Whose bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Motorpool,
    Redis,
    Nats,
}

impl Dialect {
    pub(crate) const ALL: [Self; 3] = [Self::Motorpool, Self::Redis, Self::Nats];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Motorpool => "motorpool",
            Self::Redis => "redis",
            Self::Nats => "nats",
        }
    }

    pub(crate) fn named(name: &str) -> Result<Self, Fault> {
        let found = Self::ALL.into_iter().find(|dialect| dialect.name() == name);
        found.ok_or_else(|| format!("no dialect {name}").into())
    }

    /// A connection that is let in; `login` is for Motorpool alone.
    pub(crate) fn connect(self, address: SocketAddr, login: Option<Login>) -> Result<TcpStream, Fault> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        match self {
            Self::Motorpool => {
                let hello = Hello {
                    protocol: PROTOCOL,
                    login,
                    ..Hello::default()
                };
                stream.write_all(&bytes_of(&Frame::Hello(hello))?)?;
                let item = read_item(&mut stream)?;
                let frame = wire::decode(&item)?;
                check(matches!(frame, Frame::Welcome(_)), || {
                    format!("wanted a welcome, got {frame:?}")
                })?;
            }
            Self::Redis => {}
            Self::Nats => {
                read_until(&mut stream, b"\r\n")?;
                stream.write_all(b"CONNECT {\"verbose\":false}\r\nPING\r\n")?;
                read_until(&mut stream, b"PONG\r\n")?;
            }
        }
        Ok(stream)
    }

    /// As above, and hears every message from now on.
    pub(crate) fn listen(self, address: SocketAddr) -> Result<TcpStream, Fault> {
        let mut stream = self.connect(address, None)?;
        match self {
            Self::Motorpool => {}
            Self::Redis => {
                stream.write_all(b"SUBSCRIBE f\r\n")?;
                read_until(&mut stream, b":1\r\n")?;
            }
            Self::Nats => {
                stream.write_all(b"SUB f 1\r\nPING\r\n")?;
                read_until(&mut stream, b"PONG\r\n")?;
            }
        }
        Ok(stream)
    }

    /// A message to everybody, with its number and so long a body.
    pub(crate) fn message(self, number: u64, body_bytes: usize) -> Result<Vec<u8>, Fault> {
        let body = body(number, body_bytes);
        Ok(match self {
            Self::Motorpool => bytes_of(&Frame::Send(wire::Send {
                id: number,
                to: Target::All(Everybody),
                body,
            }))?,
            Self::Redis => format!("*3\r\n$7\r\nPUBLISH\r\n$1\r\nf\r\n${body_bytes}\r\n{body}\r\n").into_bytes(),
            Self::Nats => format!("PUB f {body_bytes}\r\n{body}\r\n").into_bytes(),
        })
    }

    /// How a delivery looks: its length, and where its body begins; `None` until all of it is there.
    pub(crate) fn delivery(self, bytes: &[u8], body_bytes: usize) -> Result<Option<(usize, usize)>, Fault> {
        // Bodies of the peers are 64 bytes long.
        const REDIS_HEAD: usize = "*3\r\n$7\r\nmessage\r\n$1\r\nf\r\n$64\r\n".len();
        const NATS_HEAD: usize = "MSG f 1 64\r\n".len();
        let (length, start) = match self {
            Self::Redis => (REDIS_HEAD + body_bytes + 2, REDIS_HEAD),
            Self::Nats => (NATS_HEAD + body_bytes + 2, NATS_HEAD),
            Self::Motorpool => {
                let Some(length) = bytes.first_chunk::<LENGTH_BYTES>() else {
                    return Ok(None);
                };
                (LENGTH_BYTES + usize::try_from(u32::from_be_bytes(*length))?, 0)
            }
        };
        let Some(whole) = bytes.get(..length) else {
            return Ok(None);
        };
        if self != Self::Motorpool {
            return Ok(Some((length, start)));
        }
        // Its time of day has up to nine digits behind the point, and comes after the body.
        let mark = mark(body_bytes)?;
        let from = length.saturating_sub(body_bytes + 48);
        let window = whole.get(from..).unwrap_or_default();
        let found = window.windows(mark.len()).position(|bytes| bytes == mark.as_slice());
        let found = found.ok_or_else(|| format!("no message: {:?}", String::from_utf8_lossy(whole)))?;
        Ok(Some((length, from + found + mark.len())))
    }
}

/// A body that begins with its number.
fn body(number: u64, body_bytes: usize) -> String {
    format!("{number:0DIGITS$}{}", "x".repeat(body_bytes.saturating_sub(DIGITS)))
}

/// What stands before a body of that length.
fn mark(body_bytes: usize) -> Result<Vec<u8>, Fault> {
    let mut mark = b"dbody".to_vec();
    match u8::try_from(body_bytes) {
        Ok(short) => mark.extend([0x78, short]),
        Err(_) => {
            mark.push(0x79);
            mark.extend(u16::try_from(body_bytes)?.to_be_bytes());
        }
    }
    Ok(mark)
}

/// The number with which a body begins.
pub(crate) fn number(body: &[u8]) -> Result<u64, Fault> {
    let digits = body.get(..DIGITS).ok_or("a body is too short")?;
    digits.iter().try_fold(0, |number: u64, digit| {
        check(digit.is_ascii_digit(), || format!("got {digits:?}, wanted a number"))?;
        Ok(number * 10 + u64::from(digit - b'0'))
    })
}

/// The item of the next frame.
pub(crate) fn read_item(stream: &mut TcpStream) -> Result<Vec<u8>, Fault> {
    let mut length = [0; LENGTH_BYTES];
    stream.read_exact(&mut length)?;
    let mut item = vec![0; usize::try_from(u32::from_be_bytes(length))?];
    stream.read_exact(&mut item)?;
    Ok(item)
}

fn read_until(stream: &mut TcpStream, end: &[u8]) -> Result<(), Fault> {
    let mut got = Vec::new();
    let mut byte = [0];
    while !got.ends_with(end) {
        stream.read_exact(&mut byte)?;
        got.push(byte[0]);
        check(got.len() < 65_536, || "a handshake without an end".to_owned())?;
    }
    Ok(())
}

/// Pings, and waits for the pong.
pub(crate) fn ask_for_life(stream: &mut TcpStream) -> Result<(), Fault> {
    stream.write_all(&bytes_of(&Frame::Ping(wire::Ping { id: 1 }))?)?;
    loop {
        if let Frame::Pong(_) = wire::decode(&read_item(stream)?)? {
            return Ok(());
        }
    }
}
