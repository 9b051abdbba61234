//! How many position fixes a second come into memory through a datasock with the receiver `telemetry`.
//!
//! `cargo bench --bench telemetry`. Units of cars send batches and wait for their acknowledgements, a few at a time.
//! Every batch must be acknowledged whole. The goal is a promise: the bench fails below it.

mod common;

use std::time::{Duration, Instant};

use bytes::BytesMut;
use common::figures::{machine, median, rounds};
use common::process::{self, Server};
use common::{Fault, check, fleet, talk};
use motorpool::runtime::clock;
use motorpool::wire::{self, Attach, Frame, Login, Value};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

const UNITS: usize = 8;
const FIXES_PER_BATCH: usize = 500;
const BATCHES_IN_FLIGHT: u64 = 4;
const LASTS: Duration = Duration::from_secs(2);
/// Fixes a second.
const GOAL: f64 = 100_000.0;
const SOCK: &str = "track";

#[derive(Serialize)]
struct Batch {
    fixes: Vec<Fix>,
}

#[derive(Serialize)]
struct Fix {
    at: String,
    latitude: f64,
    longitude: f64,
    heading_deg: f64,
    speed_kmh: f64,
}

#[derive(Deserialize)]
struct Acknowledged {
    batch: Taken,
}

#[derive(Deserialize)]
struct Taken {
    number: u64,
    fixes: usize,
    readings: usize,
}

fn main() -> Result<(), Fault> {
    println!(
        "telemetry: {UNITS} units, {FIXES_PER_BATCH} fixes a batch, on {}",
        machine()
    );
    let folder = process::folder()?;
    let keys = fleet::units(folder.path(), UNITS, SOCK)?;
    let server = Server::start(folder.path(), &[])?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut speeds, mut costs) = (Vec::new(), Vec::new());
    for _ in 0..rounds(5) {
        let before = server.process.processor_seconds()?;
        let (fixes, seconds) = runtime.block_on(round(&server, &keys))?;
        let used = server.process.processor_seconds()? - before;
        let fixes = f64::from(u32::try_from(fixes)?);
        speeds.push(fixes / seconds);
        costs.push(used * 1e6 / fixes);
    }
    let memory = server.process.resident_mib()?;
    server.process.stop()?;
    println!(
        "  {:.0} fixes a second ({:.2} us of processor each), {memory:.1} MiB resident, goal {GOAL}",
        median(&speeds),
        median(&costs),
    );
    check(median(&speeds) >= GOAL, || format!("fewer than {GOAL} fixes a second"))
}

async fn round(server: &Server, keys: &[String]) -> Result<(usize, f64), Fault> {
    let mut streams = Vec::new();
    for key in keys {
        streams.push(attached(server, key).await?);
    }
    let bytes = batch()?;
    let began_at = Instant::now();
    let tasks: Vec<_> = streams
        .into_iter()
        .map(|(_serversock, stream)| tokio::spawn(send(_serversock, stream, bytes.clone(), began_at + LASTS)))
        .collect();
    let mut fixes = 0;
    for task in tasks {
        fixes += task.await??;
    }
    Ok((fixes, began_at.elapsed().as_secs_f64()))
}

/// The first connection of a unit, and its datasock.
async fn attached(server: &Server, key: &str) -> Result<(TcpStream, TcpStream), Fault> {
    let mut first = talk::connect(server.address, Some(Login::Key(key.to_owned()))).await?;
    first
        .write_all(&talk::call(1, "s.attach", &[("datasock", SOCK)])?)
        .await?;
    let given = loop {
        let item = talk::read_item(&mut first).await?;
        if let Frame::Result(answer) = wire::decode(&item)? {
            break answer.outcome?;
        }
    };
    let field = |name: &str| {
        let pairs = given.as_map()?;
        pairs
            .iter()
            .find(|(key, _)| key.as_text() == Some(name))
            .map(|(_, value)| value.clone())
    };
    let text = |name: &str| field(name).and_then(|value| value.into_text().ok()).ok_or("no text");
    let port = field("port").as_ref().and_then(Value::as_integer).ok_or("no port")?;
    let mut stream = TcpStream::connect((text("host")?, u16::try_from(port)?)).await?;
    stream.set_nodelay(true)?;
    let attach = Attach {
        client_id: text("client_id")?,
        ticket: text("ticket")?,
        datasock: SOCK.to_owned(),
    };
    stream.write_all(&talk::bytes_of(&Frame::Attach(attach))?).await?;
    match wire::decode(&talk::read_item(&mut stream).await?)? {
        Frame::Attached(_) => Ok((first, stream)),
        other => Err(format!("wanted attached, got {other:?}").into()),
    }
}

/// One batch as it travels; every fix is another place.
fn batch() -> Result<Vec<u8>, Fault> {
    let at = clock::now().to_string();
    let mut fixes = Vec::new();
    for number in 0..FIXES_PER_BATCH {
        let step = f64::from(u32::try_from(number)?);
        fixes.push(Fix {
            at: at.clone(),
            latitude: 48.2 + step * 0.000_123,
            longitude: 16.4 - step * 0.000_321,
            heading_deg: step / 7.0,
            speed_kmh: 30.0 + step / 100.0,
        });
    }
    let item = wire::to_cbor(&Batch { fixes })?;
    let mut bytes = BytesMut::with_capacity(item.len() + talk::LENGTH_BYTES);
    bytes.extend_from_slice(&u32::try_from(item.len())?.to_be_bytes());
    bytes.extend_from_slice(&item);
    Ok(bytes.to_vec())
}

/// Sends until the time is over and waits for what is open; the first connection stays open meanwhile.
async fn send(first: TcpStream, mut stream: TcpStream, batch: Vec<u8>, until: Instant) -> Result<usize, Fault> {
    let (mut sent, mut acknowledged, mut fixes) = (0_u64, 0_u64, 0);
    while acknowledged < sent || Instant::now() < until {
        while sent - acknowledged < BATCHES_IN_FLIGHT && Instant::now() < until {
            stream.write_all(&batch).await?;
            sent += 1;
        }
        if acknowledged == sent {
            break;
        }
        let answer: Acknowledged = wire::from_cbor(&talk::read_item(&mut stream).await?)?;
        acknowledged += 1;
        let Taken {
            number,
            fixes: taken,
            readings,
        } = answer.batch;
        check((number, taken, readings) == (acknowledged, FIXES_PER_BATCH, 0), || {
            format!("batch {acknowledged}: {number} acknowledged with {taken} fixes")
        })?;
        fixes += taken;
    }
    drop(first);
    Ok(fixes)
}
