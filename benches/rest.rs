//! How many `GET /api/v1/availability` a second, beside bare axum that answers the same bytes without looking.
//!
//! `cargo bench --bench rest`. Both servers run all the time and are loaded in turns: 64 kept connections, one request
//! on each, one load on one thread for both. Every answer is compared with the one that is expected.

mod common;

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use axum::http::header;
use axum::routing::get;
use bytes::Bytes;
use common::children::{self, Child};
use common::figures::{against, machine, median, ratio, rounds};
use common::process::{self, Server};
use common::{Fault, check, crowd, fleet};
use jiff::{SignedDuration, Timestamp, Unit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const CONNECTIONS: usize = 64;
/// Cars that are free, and so rows of the answer.
const CARS: usize = 20;
const LASTS: Duration = Duration::from_secs(1);
const WARM_UP: Duration = Duration::from_millis(300);
const PATH: &str = "/api/v1/availability";
/// How far ahead the time begins that is asked for, and how long it is.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);
const LONG: SignedDuration = SignedDuration::from_hours(2);
/// Answers for each one of bare axum.
const GOAL: f64 = 0.5;

fn main() -> Result<(), Fault> {
    if let Some(orders) = children::orders() {
        return bare(&orders);
    }
    println!("rest: {CONNECTIONS} connections, {CARS} cars, on {}", machine());
    let folder = process::folder()?;
    fleet::prepare(folder.path(), CARS)?;
    let tokens = crowd::prepare(folder.path(), "customer", 1)?;
    let ours = Server::start_http(folder.path())?;
    let address = ours.address;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let start = Timestamp::now().round(Unit::Second)? + AHEAD;
    let ask = Ask {
        head: format!(
            "GET {PATH}?start={start}&end={} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n",
            start + LONG,
            tokens.first().ok_or("no token")?
        ),
    };
    let body = runtime.block_on(ask.once(address))?;
    let rows: serde_json::Value = serde_json::from_slice(&body)?;
    check(rows.as_array().is_some_and(|rows| rows.len() == CARS), || {
        format!("wanted {CARS} cars, got {rows}")
    })?;
    let file = folder.path().join("body");
    fs::write(&file, &body)?;
    let mut child = Child::start(&[&file.display().to_string()])?;
    let sides = [address, child.line()?.parse()?];
    let mut figures: [Vec<f64>; 2] = Default::default();
    let mut cost = Vec::new();
    for _ in 0..rounds(7) {
        for (side, speeds) in sides.into_iter().zip(&mut figures) {
            let before = ours.process.processor_seconds()?;
            let (speed, all) = runtime.block_on(ask.load(side, &body))?;
            speeds.push(speed);
            if side == address {
                let used = ours.process.processor_seconds()? - before;
                cost.push(used * 1e6 / f64::from(u32::try_from(all)?));
            }
        }
    }
    let [ours_speeds, bare_speeds] = &figures;
    println!(
        "  {} bytes: motorpool {:.0}/s ({:.1} us of processor each), bare axum {:.0}/s, ratio {}",
        body.len(),
        median(ours_speeds),
        median(&cost),
        median(bare_speeds),
        against(ratio(ours_speeds, bare_speeds), GOAL)
    );
    ours.process.stop()
}

/// The peer: axum as it comes, with the bytes of the file for an answer.
fn bare(orders: &[String]) -> Result<(), Fault> {
    let [file] = orders else {
        return Err("wanted a file".into());
    };
    let body = Bytes::from(fs::read(Path::new(file))?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async move {
        let answer = move || {
            let body = body.clone();
            async move { ([(header::CONTENT_TYPE, "application/json")], body) }
        };
        let router = axum::Router::new().route(PATH, get(answer));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        children::say(&listener.local_addr()?.to_string())?;
        axum::serve(
            axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true))),
            router,
        )
        .await?;
        Ok(())
    })
}

/// The one request of the load.
struct Ask {
    head: String,
}

impl Ask {
    /// The body of one answer.
    async fn once(&self, address: SocketAddr) -> Result<Vec<u8>, Fault> {
        let mut stream = TcpStream::connect(address).await?;
        let mut got = Vec::new();
        stream.write_all(self.head.as_bytes()).await?;
        loop {
            if length(&got)?.is_some_and(|whole| got.len() >= whole) {
                let body_at = body_at(&got).ok_or("no body")?;
                return Ok(got.split_off(body_at));
            }
            check(stream.read_buf(&mut got).await? > 0, || "the server closed".to_owned())?;
        }
    }

    /// Answers a second, and how many there were at all.
    async fn load(&self, address: SocketAddr, body: &[u8]) -> Result<(f64, u64), Fault> {
        let mut streams = Vec::new();
        for _ in 0..CONNECTIONS {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            streams.push(stream);
        }
        let from = Instant::now() + WARM_UP;
        let until = from + LASTS;
        let all = streams.into_iter().map(|stream| self.one(stream, body, from, until));
        let (mut counted, mut answered) = (0, 0);
        for ended in futures_util::future::join_all(all).await {
            let (in_time, all) = ended?;
            counted += in_time;
            answered += all;
        }
        Ok((f64::from(counted) / LASTS.as_secs_f64(), answered))
    }

    async fn one(
        &self,
        mut stream: TcpStream,
        body: &[u8],
        from: Instant,
        until: Instant,
    ) -> Result<(u32, u64), Fault> {
        let (mut counted, mut answered) = (0, 0);
        let mut got = Vec::with_capacity(16 * 1024);
        while Instant::now() < until {
            got.clear();
            stream.write_all(self.head.as_bytes()).await?;
            let whole = loop {
                check(stream.read_buf(&mut got).await? > 0, || "the server closed".to_owned())?;
                if let Some(whole) = length(&got)?.filter(|whole| got.len() >= *whole) {
                    break whole;
                }
            };
            check(got.len() == whole && got.ends_with(body), || {
                format!("another answer: {}", String::from_utf8_lossy(&got))
            })?;
            answered += 1;
            counted += u32::from((from..until).contains(&Instant::now()));
        }
        Ok((counted, answered))
    }
}

fn body_at(got: &[u8]) -> Option<usize> {
    got.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

/// How long the answer at the start is, once its head is there.
fn length(got: &[u8]) -> Result<Option<usize>, Fault> {
    let Some(body_at) = body_at(got) else { return Ok(None) };
    let head = std::str::from_utf8(got.get(..body_at).unwrap_or_default())?;
    check(head.starts_with("HTTP/1.1 200 "), || format!("refused: {head}"))?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then_some(value.trim())
    });
    Ok(Some(body_at + length.ok_or("no length")?.parse::<usize>()?))
}
