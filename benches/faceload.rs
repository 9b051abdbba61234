//! What a hundred unlocks by face at once cost the others: units of 100 cars, beside 16 clients that ping.
//!
//! `cargo bench --bench faceload`. Every unit shows frames that meet its challenge, of somebody who is nobody's rider:
//! everything but the PIN is done. Whoever hears `busy` asks again with the same frames. Two arms in turns: the pings
//! alone, and with the units. Both loads are processes of their own. What cars do in the world on processors of their own,
//! turning and encoding pictures, is done before; what they send they send with the least weight (`nice` 19).

mod common;
#[allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the tests share it"
)]
#[path = "../tests/promises/harness/faces.rs"]
mod faces;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::children::{self, Child};
use common::figures::{at_most, machine, median, rounds};
use common::process::{self, Server};
use common::{Fault, check, fleet, talk};
use faces::{OBAMA, Posture};
use motorpool::wire::{self, Args, Attach, Call, Frame, Login, Value};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

const UNITS: usize = 100;
const PINGING: usize = 16;
/// Between two pings of a client.
const PACE: Duration = Duration::from_millis(5);
const LASTS: Duration = Duration::from_secs(6);
/// Places to sit in, for which each frame is made beforehand; two pixels apart.
const SEATS: u32 = 48;
/// Waiting of those who ping against its quiet value.
const GOAL: f64 = 2.0;
/// Within this every unit has its answer: the decision, and what the machine adds.
const ANSWER_MAX: Duration = Duration::from_secs(4);

fn main() -> Result<(), Fault> {
    if let Some(orders) = children::orders() {
        return child(&orders);
    }
    println!(
        "faceload: {UNITS} unlocks by face at once beside {PINGING} who ping, on {}",
        machine()
    );
    let folder = process::folder()?;
    let keys = fleet::units(folder.path(), UNITS, "track")?.join(",");
    // Nobody is anybody's rider here, and a car that misses five times is not looked at.
    let server = Server::start(
        folder.path(),
        &[
            ("MOTORPOOL_FACE__MISSES_MAX", "100"),
            ("MOTORPOOL_FACE__MISSES_MINUTES", "1"),
        ],
    )?;
    let address = server.address.to_string();
    let mut units = Child::start(&["units", &address, &keys])?;
    check(units.line()? == "ready", || "the units are not ready".to_owned())?;
    let mut arms: [Vec<f64>; 2] = Default::default();
    let (mut decided, mut busy, mut slowest) = (0, 0, 0);
    for _ in 0..rounds(5) {
        let mut pings = Child::start(&["pings", &address])?;
        arms[0].push(pings.line()?.parse()?);
        units.tell("begin")?;
        check(units.line()? == "begun", || "the units did not begin".to_owned())?;
        let mut pings = Child::start(&["pings", &address])?;
        arms[1].push(pings.line()?.parse()?);
        units.tell("end")?;
        let line = units.line()?;
        let said: Vec<u64> = line.split(' ').map(str::parse).collect::<Result<_, _>>()?;
        let [now_decided, now_busy, now_slowest] = said[..] else {
            return Err(format!("got `{line}`").into());
        };
        decided += now_decided;
        busy += now_busy;
        slowest = slowest.max(now_slowest);
    }
    let [quiet, loaded] = &arms;
    println!(
        "  a ping's p99: quiet {:.0} us, with the units {:.0} us",
        median(quiet),
        median(loaded)
    );
    println!(
        "  against quiet {}",
        at_most(median(loaded) / median(quiet), GOAL, "times")
    );
    println!("  {decided} unlocks decided, {busy} told `busy`, slowest answer {slowest} ms");
    check(decided > 0 && busy > 0, || {
        "nothing was decided, or the queue had no bound".to_owned()
    })?;
    server.process.stop()
}

fn child(orders: &[String]) -> Result<(), Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match orders {
        [kind, address] if kind == "pings" => runtime.block_on(pings(address.parse()?)),
        [kind, address, keys] if kind == "units" => runtime.block_on(units(address.parse()?, keys)),
        other => Err(format!("got {other:?}").into()),
    }
}

/// Says the 99th percentile of the waiting in us.
async fn pings(address: SocketAddr) -> Result<(), Fault> {
    let until = Instant::now() + LASTS;
    let mut pinging = Vec::new();
    for _ in 0..PINGING {
        let mut stream = talk::connect(address, None).await?;
        pinging.push(tokio::spawn(async move {
            let ping = talk::call(1, "s.ping", &[])?;
            let mut waits = Vec::new();
            while Instant::now() < until {
                let asked_at = Instant::now();
                stream.write_all(&ping).await?;
                while !talk::is_ok_of(&talk::read_item(&mut stream).await?, 1) {}
                waits.push(asked_at.elapsed().as_secs_f64() * 1e6);
                tokio::time::sleep(PACE).await;
            }
            Ok::<_, Fault>(waits)
        }));
    }
    let mut waits = Vec::new();
    for one in pinging {
        waits.extend(one.await??);
    }
    waits.sort_by(f64::total_cmp);
    let p99 = waits.get(waits.len() * 99 / 100).ok_or("too few pings")?;
    children::say(&p99.to_string())
}

/// Told to begin, all units unlock at once, again and again until told to end; then says what became of it.
async fn units(address: SocketAddr, keys: &str) -> Result<(), Fault> {
    let album = Arc::new(Album::made());
    // The cars of the world have processors of their own.
    let _ = rustix::process::nice(19);
    let mut units = Vec::new();
    for (key, seat) in keys.split(',').zip(0..) {
        units.push(Unit::connect(address, key, Arc::clone(&album), 7 * seat).await?);
    }
    for unit in &mut units {
        unit.show().await?;
    }
    children::say("ready")?;
    while children::wait()? == "begin" {
        children::say("begun")?;
        let ended = tokio::task::spawn_blocking(children::wait);
        let (mut decided, mut busy, mut slowest) = (0, 0, 0);
        while !ended.is_finished() {
            let attempts: Vec<_> = units
                .drain(..)
                .map(|mut unit| {
                    tokio::spawn(async move {
                        let said = unit.unlock().await?;
                        Ok::<_, Fault>((unit, said))
                    })
                })
                .collect();
            for attempt in attempts {
                let (mut unit, (code, took)) = attempt.await??;
                check(took < ANSWER_MAX, || format!("an answer took {took:?}"))?;
                slowest = slowest.max(took.as_millis());
                match &*code {
                    "busy" => busy += 1,
                    "bad_login" => {
                        decided += 1;
                        unit.ids.clear();
                    }
                    "timeout" | "expired" | "not_found" => unit.ids.clear(),
                    other => return Err(format!("got {other}").into()),
                }
                units.push(unit);
            }
            for unit in units.iter_mut().filter(|unit| unit.ids.is_empty()) {
                unit.show().await?;
            }
        }
        ended.await??;
        children::say(&format!("{decided} {busy} {slowest}"))?;
    }
    Ok(())
}

/// The unit of a car, with a camera.
struct Unit {
    stream: TcpStream,
    sock: TcpStream,
    challenge: String,
    ids: Vec<String>,
    album: Arc<Album>,
    seat: usize,
}

/// The frames of a person who does each step, from every seat.
struct Album([Vec<Vec<u8>>; 4]);

impl Album {
    fn made() -> Self {
        let postures = [(0.0, 0.0), (0.3, 0.0), (-0.3, 0.0), (0.0, 0.25)];
        Self(postures.map(|(turned, nearer)| {
            let seats = (0..SEATS).map(|seat| Posture {
                turned,
                nearer,
                shifted: 2 * seat,
            });
            seats.map(|posture| OBAMA.frame(posture)).collect()
        }))
    }

    fn frame(&self, step: Option<&str>, seat: usize) -> Option<Vec<u8>> {
        let [straight, left, right, nearer] = &self.0;
        let seats = match step {
            Some("turn_left") => left,
            Some("turn_right") => right,
            Some("nearer") => nearer,
            _ => straight,
        };
        seats.get(seat % seats.len()).cloned()
    }
}

impl Unit {
    async fn connect(address: SocketAddr, key: &str, album: Arc<Album>, seat: usize) -> Result<Self, Fault> {
        let mut stream = talk::connect_as_car(address, Login::Key(key.to_owned())).await?;
        let given = call(&mut stream, "s.attach", vec![Value::from("pictures")])
            .await?
            .map_err(|err| err.message)?;
        let field = |name: &str| text_of(&given, name);
        let (client_id, ticket) = (field("client_id")?, field("ticket")?);
        let port = number_of(&given, "port")?;
        let mut sock = TcpStream::connect(SocketAddr::new(address.ip(), port)).await?;
        let attach = Frame::Attach(Attach {
            client_id,
            ticket,
            datasock: "pictures".to_owned(),
        });
        sock.write_all(&talk::bytes_of(&attach)?).await?;
        talk::read_item(&mut sock).await?;
        Ok(Self {
            stream,
            sock,
            challenge: String::new(),
            ids: Vec::new(),
            album,
            seat,
        })
    }

    /// Takes a challenge and sends the frames it asks for.
    async fn show(&mut self) -> Result<(), Fault> {
        let given = call(&mut self.stream, "s.facechallenge", Vec::new())
            .await?
            .map_err(|err| err.message)?;
        self.challenge = text_of(&given, "challenge")?;
        let steps = field_of(&given, "steps")?.as_array().ok_or("no steps")?.clone();
        self.ids.clear();
        for step in &steps {
            // Nobody holds quite still.
            self.seat += 1;
            let frame = self.album.frame(step.as_text(), self.seat).ok_or("no frame")?;
            let picture = Value::Map(vec![(Value::from("data"), Value::Bytes(frame))]);
            let item = wire::to_cbor(&Value::Map(vec![(Value::from("picture"), picture)]))?;
            self.sock.write_u32(u32::try_from(item.len())?).await?;
            self.sock.write_all(&item).await?;
            let answer: Value = wire::from_cbor(&talk::read_item(&mut self.sock).await?)?;
            self.ids.push(text_of(field_of(&answer, "picture")?, "id")?);
        }
        Ok(())
    }

    /// The code it was refused with, and after how long.
    async fn unlock(&mut self) -> Result<(String, Duration), Fault> {
        let ids = self.ids.iter().map(|id| Value::from(&**id)).collect();
        let named = vec![
            ("challenge".to_owned(), Value::from(&*self.challenge)),
            ("pictures".to_owned(), Value::Array(ids)),
            ("pin".to_owned(), Value::from("4711")),
        ];
        let asked_at = Instant::now();
        let answer = call_with(&mut self.stream, "s.unlockface", Args::Name(named)).await?;
        let refused = answer.err().ok_or("a car was opened for nobody")?;
        Ok((refused.code.as_str().to_owned(), asked_at.elapsed()))
    }
}

type Answered = Result<Value, wire::WireError>;

async fn call(stream: &mut TcpStream, command: &str, positions: Vec<Value>) -> Result<Answered, Fault> {
    call_with(stream, command, Args::Position(positions)).await
}

/// Calls and waits; what else comes is answered or passed over.
async fn call_with(stream: &mut TcpStream, command: &str, args: Args) -> Result<Answered, Fault> {
    let call = Call {
        id: 1,
        command: command.to_owned(),
        args,
        deadline_ms: None,
    };
    stream.write_all(&talk::bytes_of(&Frame::Call(call))?).await?;
    loop {
        match wire::decode(&talk::read_item(stream).await?)? {
            Frame::Result(answer) => return Ok(answer.outcome),
            Frame::Ping(ping) => {
                let at = motorpool::runtime::clock::now().to_string();
                let pong = Frame::Pong(wire::Pong { id: ping.id, at });
                stream.write_all(&talk::bytes_of(&pong)?).await?;
            }
            _ => {}
        }
    }
}

fn field_of<'a>(value: &'a Value, name: &str) -> Result<&'a Value, Fault> {
    let fields = value.as_map().ok_or("no map")?;
    let found = fields.iter().find(|(key, _)| key.as_text() == Some(name));
    found
        .map(|(_, value)| value)
        .ok_or_else(|| format!("no {name}: {value:?}").into())
}

fn text_of(value: &Value, name: &str) -> Result<String, Fault> {
    Ok(field_of(value, name)?.as_text().ok_or("no text")?.to_owned())
}

fn number_of(value: &Value, name: &str) -> Result<u16, Fault> {
    let number = field_of(value, name)?.as_integer().ok_or("no number")?;
    Ok(u16::try_from(number)?)
}
