//! One load for every server: so many connections, so many calls in flight on each, for so long.
//!
//! The same code drives both servers of a comparison; only the bytes of a call and the look at an answer differ.
//! Every answer is checked, and every call must have been answered at the end.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::talk::{self, LENGTH_BYTES};
use super::{Fault, check};

/// Ids below this are one byte on the wire.
const IN_FLIGHT_MAX: usize = 23;
const WARM_UP: Duration = Duration::from_millis(300);
const READ_BYTES: usize = 16 * 1024;

/// Whom the load is for.
#[derive(Clone, Copy)]
pub(crate) enum Language {
    /// `call` of `s.ping`.
    Motorpool,
    /// `PING`.
    Redis,
}

/// A load.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) language: Language,
    pub(crate) address: SocketAddr,
    pub(crate) connections: usize,
    pub(crate) in_flight: usize,
    pub(crate) lasts: Duration,
}

/// Answers in the measured time.
#[derive(Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) answers: u64,
    pub(crate) per_second: f64,
    /// Answers before and after it too.
    pub(crate) all: u64,
}

impl Load {
    /// Runs it on one thread.
    pub(crate) fn run(self) -> Result<Measured, Fault> {
        check((1..=IN_FLIGHT_MAX).contains(&self.in_flight), || {
            "too many in flight".to_owned()
        })?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(self.all())
    }

    async fn all(self) -> Result<Measured, Fault> {
        let mut streams = Vec::new();
        for _ in 0..self.connections {
            streams.push(match self.language {
                Language::Motorpool => talk::connect(self.address, None).await?,
                Language::Redis => TcpStream::connect(self.address).await?,
            });
        }
        let from = Instant::now() + WARM_UP;
        let until = from + self.lasts;
        let tasks: Vec<_> = streams
            .into_iter()
            .map(|stream| tokio::spawn(self.one(stream, from, until)))
            .collect();
        let (mut answers, mut all) = (0, 0);
        for task in tasks {
            let (counted, answered) = task.await??;
            answers += counted;
            all += answered;
        }
        let per_second = f64::from(u32::try_from(answers)?) / self.lasts.as_secs_f64();
        Ok(Measured {
            answers,
            per_second,
            all,
        })
    }

    /// One connection: as many calls as were answered go out together.
    async fn one(self, mut stream: TcpStream, from: Instant, until: Instant) -> Result<(u64, u64), Fault> {
        stream.set_nodelay(true)?;
        let calls = self.calls()?;
        let call_bytes = calls.len() / (2 * self.in_flight);
        let (mut sent, mut answered, mut counted) = (0_usize, 0_usize, 0_u64);
        let mut got = Vec::with_capacity(2 * READ_BYTES);
        let mut free = self.in_flight;
        loop {
            let now = Instant::now();
            if now < until && free > 0 {
                let first = sent % self.in_flight * call_bytes;
                let bytes = calls.get(first..first + free * call_bytes).ok_or("calls are too few")?;
                stream.write_all(bytes).await?;
                sent += free;
            } else if answered == sent {
                return Ok((counted, u64::try_from(answered)?));
            }
            let read = stream.read_buf(&mut got).await?;
            check(read > 0, || "the server closed".to_owned())?;
            let before = answered;
            let mut rest = got.as_slice();
            while let Some(bytes) = self.answer(rest, answered)? {
                rest = rest.get(bytes..).unwrap_or_default();
                answered += 1;
            }
            let kept = rest.len();
            let start = got.len() - kept;
            got.copy_within(start.., 0);
            got.truncate(kept);
            free = answered - before;
            if (from..until).contains(&Instant::now()) {
                counted += u64::try_from(free)?;
            }
        }
    }

    /// The calls of all places in flight, twice, so that any run of them is one piece.
    fn calls(&self) -> Result<Vec<u8>, Fault> {
        let mut calls = Vec::new();
        for place in (0..self.in_flight).chain(0..self.in_flight) {
            match self.language {
                Language::Motorpool => calls.extend(talk::call(u64::try_from(place)?, "s.ping", &[])?),
                Language::Redis => calls.extend(b"*1\r\n$4\r\nPING\r\n"),
            }
        }
        Ok(calls)
    }

    /// How long the answer at the start of `bytes` is, if it is whole; it must be the right one.
    fn answer(&self, bytes: &[u8], number: usize) -> Result<Option<usize>, Fault> {
        const PONG: &[u8] = b"+PONG\r\n";
        match self.language {
            Language::Redis => {
                let Some(answer) = bytes.get(..PONG.len()) else {
                    return Ok(None);
                };
                check(answer == PONG, || format!("wanted +PONG, got {answer:?}"))?;
                Ok(Some(PONG.len()))
            }
            Language::Motorpool => {
                let Some(length) = bytes.first_chunk::<LENGTH_BYTES>() else {
                    return Ok(None);
                };
                let end = LENGTH_BYTES + usize::try_from(u32::from_be_bytes(*length))?;
                let Some(item) = bytes.get(LENGTH_BYTES..end) else {
                    return Ok(None);
                };
                let id = u8::try_from(number % self.in_flight)?;
                check(talk::is_ok_of(item, id), || {
                    format!("wanted the answer to {id}, got {item:?}")
                })?;
                Ok(Some(end))
            }
        }
    }
}
