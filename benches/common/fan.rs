//! The load of a fan-out: one who sends, many who hear, on one thread and with one reader for every server.
//!
//! So many messages are on their way at a time; the next goes out when one has come to everybody. Each receiver checks
//! that it has every message once and in order.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use motorpool::wire::{self, Frame, Login};
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};

use super::talk::LENGTH_BYTES;
use super::wire::{DIGITS, Dialect, number};
use super::{Fault, check};

const WARM_UP: Duration = Duration::from_millis(300);
const READ_BYTES: usize = 256 * 1024;
const EVENTS_MAX: usize = 1_024;
const NATS_PING: &[u8] = b"PING\r\n";
/// The place of the sender among the sockets.
const SENDER: u64 = u64::MAX;

/// One load.
pub(crate) struct FanLoad {
    pub(crate) dialect: Dialect,
    pub(crate) address: SocketAddr,
    pub(crate) receivers: usize,
    /// Length of a body; 64 for others than Motorpool.
    pub(crate) body_bytes: usize,
    /// Messages on their way at a time.
    pub(crate) on_their_way: u64,
    pub(crate) lasts: Duration,
    /// Time between two messages; none goes out as soon as it may.
    pub(crate) pace: Option<Duration>,
    /// Of one who may speak to everybody.
    pub(crate) token: Option<String>,
}

struct Receiver {
    stream: TcpStream,
    kept: Vec<u8>,
    next: u64,
}

struct Sender {
    stream: TcpStream,
    kept: Vec<u8>,
    sent: u64,
    answered: u64,
}

/// What was delivered in the measured time, a second, and how many messages there were in all.
pub(crate) struct Fanned {
    pub(crate) per_second: f64,
    pub(crate) messages: u64,
}

impl FanLoad {
    pub(crate) fn run(&self) -> Result<Fanned, Fault> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut receivers = Vec::new();
        for place in 0..self.receivers {
            let stream = self.dialect.listen(self.address)?;
            let place = epoll::EventData::new_u64(u64::try_from(place)?);
            epoll::add(&epoll, &stream, place, epoll::EventFlags::IN)?;
            receivers.push(Receiver {
                stream,
                kept: Vec::new(),
                next: 0,
            });
        }
        let login = self.token.clone().map(Login::Resume);
        let stream = self.dialect.connect(self.address, login)?;
        let place = epoll::EventData::new_u64(SENDER);
        epoll::add(&epoll, &stream, place, epoll::EventFlags::IN)?;
        let mut sender = Sender {
            stream,
            kept: Vec::new(),
            sent: 0,
            answered: 0,
        };
        let everybody = u64::try_from(self.receivers)?;
        let mut buffer = vec![0; READ_BYTES];
        let mut events = Vec::with_capacity(EVENTS_MAX);
        let began = Instant::now();
        let from = began + WARM_UP;
        let until = from + self.lasts;
        let timeout = self.pace.map(|_| Timespec {
            tv_sec: 0,
            tv_nsec: 1_000_000,
        });
        let (mut delivered, mut counted, mut now) = (0, 0, Instant::now());
        loop {
            if now < until {
                self.send(&mut sender, self.may_be_sent(delivered / everybody, now - began))?;
            } else if delivered == sender.sent * everybody && self.is_answered(&sender) {
                break;
            }
            events.clear();
            epoll::wait(&epoll, spare_capacity(&mut events), timeout.as_ref())?;
            for event in &events {
                let data = event.data;
                let place = data.u64();
                if place == SENDER {
                    self.answers(&mut sender, &mut buffer)?;
                    continue;
                }
                let receiver = receivers.get_mut(usize::try_from(place)?).ok_or("no such receiver")?;
                let heard = self.hear(receiver, &mut buffer)?;
                delivered += heard;
                if (from..until).contains(&now) {
                    counted += heard;
                }
            }
            now = Instant::now();
        }
        for receiver in &receivers {
            check(receiver.next == sender.sent && receiver.kept.is_empty(), || {
                format!("sent {}, a receiver had {}", sender.sent, receiver.next)
            })?;
        }
        Ok(Fanned {
            per_second: f64::from(u32::try_from(counted)?) / self.lasts.as_secs_f64(),
            messages: sender.sent,
        })
    }

    /// How many messages may have been sent by now.
    fn may_be_sent(&self, delivered: u64, elapsed: Duration) -> u64 {
        let room = delivered + self.on_their_way;
        let pace = self.pace.map(|pace| elapsed.as_nanos() / pace.as_nanos().max(1));
        pace.map_or(room, |due| room.min(u64::try_from(due).unwrap_or(u64::MAX)))
    }

    fn send(&self, sender: &mut Sender, until: u64) -> Result<(), Fault> {
        let mut out = Vec::new();
        while sender.sent < until {
            out.extend(self.dialect.message(sender.sent, self.body_bytes)?);
            sender.sent += 1;
        }
        sender.stream.write_all(&out)?;
        Ok(())
    }

    /// NATS gives none.
    fn is_answered(&self, sender: &Sender) -> bool {
        self.dialect == Dialect::Nats || sender.answered == sender.sent
    }

    fn hear(&self, receiver: &mut Receiver, buffer: &mut [u8]) -> Result<u64, Fault> {
        let mut heard = 0;
        each(&mut receiver.stream, &mut receiver.kept, buffer, |bytes| {
            // NATS asks a new client for life once; it waits minutes for the answer.
            if self.dialect == Dialect::Nats && bytes.starts_with(NATS_PING) {
                return Ok(Some(NATS_PING.len()));
            }
            let Some((length, start)) = self.dialect.delivery(bytes, self.body_bytes)? else {
                return Ok(None);
            };
            let got = number(bytes.get(start..start + DIGITS).unwrap_or_default())?;
            check(got == receiver.next, || {
                format!("wanted message {}, got {got}", receiver.next)
            })?;
            receiver.next += 1;
            heard += 1;
            Ok(Some(length))
        })?;
        Ok(heard)
    }

    /// What the sender hears: that its messages were passed on, and to how many.
    fn answers(&self, sender: &mut Sender, buffer: &mut [u8]) -> Result<(), Fault> {
        let mut answered = 0;
        each(&mut sender.stream, &mut sender.kept, buffer, |bytes| {
            match self.dialect {
                Dialect::Nats => Ok(Some(bytes.len())),
                Dialect::Redis => {
                    let Some(end) = bytes.windows(2).position(|end| end == b"\r\n") else {
                        return Ok(None);
                    };
                    let line = bytes.get(..end).unwrap_or_default();
                    let wanted = format!(":{}", self.receivers);
                    check(line == wanted.as_bytes(), || format!("wanted {wanted}, got {line:?}"))?;
                    answered += 1;
                    Ok(Some(end + 2))
                }
                Dialect::Motorpool => {
                    let Some(length) = bytes.first_chunk::<LENGTH_BYTES>() else {
                        return Ok(None);
                    };
                    let end = LENGTH_BYTES + usize::try_from(u32::from_be_bytes(*length))?;
                    let Some(item) = bytes.get(LENGTH_BYTES..end) else {
                        return Ok(None);
                    };
                    // Its own messages come to it as well.
                    if item.starts_with(b"\xa1\x66result") {
                        let pushed = pushed(item)?;
                        // Where others hear it as well, there is a pace.
                        let is_right = pushed == self.receivers + 1 || (self.pace.is_some() && pushed > self.receivers);
                        check(is_right, || format!("pushed to {pushed}"))?;
                        answered += 1;
                    }
                    Ok(Some(end))
                }
            }
        })?;
        sender.answered += answered;
        Ok(())
    }
}

/// To how many an answer says that a message was pushed.
fn pushed(item: &[u8]) -> Result<usize, Fault> {
    let Frame::Result(answer) = wire::decode(item)? else {
        return Err("no result".into());
    };
    let posted = answer.outcome.map_err(|err| err.message)?;
    let fields = posted.as_map().ok_or("no map")?;
    let pushed = fields.iter().find(|(key, _)| key.as_text() == Some("pushed"));
    let pushed = pushed.and_then(|(_, value)| value.as_integer()).ok_or("no count")?;
    Ok(usize::try_from(pushed)?)
}

/// Reads once and gives `one` the start of what is there until it wants more; the rest is kept for the next time.
fn each(
    stream: &mut TcpStream,
    kept: &mut Vec<u8>,
    buffer: &mut [u8],
    mut one: impl FnMut(&[u8]) -> Result<Option<usize>, Fault>,
) -> Result<(), Fault> {
    let before = kept.len();
    buffer
        .get_mut(..before)
        .ok_or("too much is kept")?
        .copy_from_slice(kept);
    let read = stream.read(buffer.get_mut(before..).unwrap_or_default())?;
    check(read > 0, || "the server closed".to_owned())?;
    let mut rest = buffer.get(..before + read).unwrap_or_default();
    while !rest.is_empty()
        && let Some(length) = one(rest)?
    {
        rest = rest.get(length..).unwrap_or_default();
    }
    kept.clear();
    kept.extend_from_slice(rest);
    Ok(())
}
