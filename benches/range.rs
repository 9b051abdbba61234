//! Who is within 100 m among 1,000,000 people of a city, asked over sockets, beside Redis `GEOSEARCH` under the same load.
//!
//! `cargo bench --bench range`. Each connection is another person, who goes somewhere else in the city and then asks 15 times
//! who is near; Redis is told the same with `GEOADD` and asked the same with `GEOSEARCH .. FROMMEMBER`. Then all only move.

mod common;

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use common::crowd;
use common::figures::{against, machine, median, ratio, rounds};
use common::process::{self, Server};
use common::talk::{self, LENGTH_BYTES};
use common::{Fault, check};
use diesel::RunQueryDsl;
use motorpool::store::{DatabaseUrl, Store, StoreOptions};
use motorpool::wire::{self, Args, Call, Frame, Login, Value};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PEOPLE: u32 = 1_000_000;
const CONNECTIONS: usize = 64;
const IN_FLIGHT: usize = 16;
/// Calls of one cycle: one move, and the looks around.
const CYCLE: usize = 16;
/// Different places that one connection goes to.
const PLACES: usize = 64;
const LASTS: Duration = Duration::from_secs(1);
const WARM_UP: Duration = Duration::from_millis(300);
/// Rows of one statement, and statements of one commit.
const ROWS: u32 = 500;
/// Edge of the city in degrees of latitude: some 50 people within 100 m.
const EDGE: f64 = 0.225;
const SOUTH: f64 = 38.6;
const WEST: f64 = -9.3;
/// Queries and updates a second for each one of Redis, and updates a second.
const GOALS: (f64, f64) = (3.0, 100_000.0);

/// Numbers that only look random, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(self.0 >> 33).unwrap_or_default()) / f64::from(1_u32 << 31)
    }

    /// Somewhere in the city.
    fn place(&mut self) -> (f64, f64) {
        // A degree of longitude is shorter there.
        (SOUTH + EDGE * self.next(), WEST + EDGE * 1.28 * self.next())
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Language {
    Motorpool,
    Redis,
}

#[derive(Clone, Copy, PartialEq)]
enum Work {
    Looks,
    Moves,
}

fn main() -> Result<(), Fault> {
    println!(
        "range: {PEOPLE} people, {CONNECTIONS} connections, {IN_FLIGHT} in flight, on {}",
        machine()
    );
    let (ours_folder, redis_folder) = (process::folder()?, process::folder()?);
    let tokens = crowd::prepare(ours_folder.path(), "customer", CONNECTIONS)?;
    people(ours_folder.path())?;
    let started = Instant::now();
    let settings = [
        ("MOTORPOOL_LIMITS__POSITIONS_MAX", "2000000"),
        ("MOTORPOOL_PLACES__RANGE_M", "100"),
    ];
    let ours = Server::start(ours_folder.path(), &settings)?;
    let redis = process::redis(redis_folder.path())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(until_read(ours.address, tokens.first().ok_or("no token")?))?;
    println!(
        "  read {PEOPLE} positions in {:.1} s, {:.0} MiB resident",
        started.elapsed().as_secs_f64(),
        ours.process.resident_mib()?
    );
    runtime.block_on(fill(redis.address))?;
    for (work, what) in [(Work::Looks, "looks"), (Work::Moves, "moves")] {
        let mut figures: [(Vec<f64>, Vec<f64>); 2] = Default::default();
        let mut found = [0.0; 2];
        for _ in 0..rounds(5) {
            let sides = [(Language::Motorpool, &ours), (Language::Redis, &redis)];
            for (((language, server), (speeds, costs)), found) in sides.into_iter().zip(&mut figures).zip(&mut found) {
                let before = server.process.processor_seconds()?;
                let done = runtime.block_on(load(language, work, server.address, &tokens))?;
                let used = server.process.processor_seconds()? - before;
                speeds.push(done.per_second);
                costs.push(used * 1e6 / done.all);
                *found = done.found;
            }
        }
        let [(ours, ours_cost), (redis, redis_cost)] = &figures;
        println!(
            "  {what}: motorpool {:.0}/s ({:.1} us of processor each), redis {:.0}/s ({:.1} us)",
            median(ours),
            median(ours_cost),
            median(redis),
            median(redis_cost)
        );
        match work {
            Work::Looks => {
                println!(
                    "    found {:.1} and {:.1} people each; ratio {}",
                    found[0],
                    found[1],
                    against(ratio(ours, redis), GOALS.0)
                );
                check((found[0] - found[1]).abs() < 5.0, || {
                    "they found something else".to_owned()
                })?;
            }
            Work::Moves => {
                println!(
                    "    ratio {:.2}; a second {}",
                    ratio(ours, redis),
                    against(median(ours), GOALS.1)
                );
            }
        }
    }
    ours.process.stop()?;
    redis.process.stop()
}

/// Everybody, with a position said just now, written as the server would have left them.
fn people(folder: &Path) -> Result<(), Fault> {
    let store = Store::open(
        &DatabaseUrl::sqlite(folder.join("motorpool.db")),
        StoreOptions::default(),
    )?;
    let mut numbers = Numbers(1);
    let first = u32::try_from(CONNECTIONS)? + 1;
    for from in (0..PEOPLE).step_by(usize::try_from(ROWS)?) {
        let (mut users, mut positions) = (String::new(), String::new());
        for number in from..(from + ROWS).min(PEOPLE) {
            let (id, (latitude, longitude)) = (first + number, numbers.place());
            let comma = if users.is_empty() { "" } else { "," };
            users.push_str(&format!("{comma}({id},'person-{id}','a','b','','customer',0,0)"));
            positions.push_str(&format!("{comma}({id},{latitude:.7},{longitude:.7},{})", 1));
        }
        store.write_blocking(move |conn| {
            let head = "INSERT INTO \"user\" (id,username,first_name,last_name,email,role,disabled,created_at) VALUES ";
            diesel::sql_query(format!("{head}{users}")).execute(conn)?;
            let head = "INSERT INTO person_position (user_id,latitude,longitude,said_at) VALUES ";
            diesel::sql_query(format!("{head}{positions}")).execute(conn)?;
            Ok(())
        })?;
    }
    store.close();
    Ok(())
}

/// Asks until the map is read.
async fn until_read(address: SocketAddr, token: &str) -> Result<(), Fault> {
    let mut stream = talk::connect(address, Some(Login::Resume(token.to_owned()))).await?;
    for _ in 0..600 {
        stream.write_all(&call(1, "s.peoplenear", vec![])?).await?;
        let item = talk::read_item(&mut stream).await?;
        if let Frame::Result(answer) = wire::decode(&item)?
            && answer.outcome.is_ok()
        {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err("the map was not read within a minute".into())
}

/// The same people for Redis.
async fn fill(address: SocketAddr) -> Result<(), Fault> {
    let mut stream = TcpStream::connect(address).await?;
    let mut numbers = Numbers(1);
    let first = u32::try_from(CONNECTIONS)? + 1;
    let mut got = [0; 64];
    for from in (0..PEOPLE).step_by(usize::try_from(ROWS)?) {
        let mut command = "GEOADD g".to_owned();
        for number in from..(from + ROWS).min(PEOPLE) {
            let (latitude, longitude) = numbers.place();
            command.push_str(&format!(" {longitude:.7} {latitude:.7} person-{}", first + number));
        }
        command.push_str("\r\n");
        stream.write_all(command.as_bytes()).await?;
        let read = stream.read(&mut got).await?;
        check(got.get(..read).is_some_and(|got| got.starts_with(b":")), || {
            "GEOADD was refused".to_owned()
        })?;
    }
    Ok(())
}

struct Done {
    per_second: f64,
    all: f64,
    /// People found at a look, of those that were looked into.
    found: f64,
}

async fn load(language: Language, work: Work, address: SocketAddr, tokens: &[String]) -> Result<Done, Fault> {
    let mut streams = Vec::new();
    for token in tokens {
        let stream = match language {
            Language::Motorpool => talk::connect(address, Some(Login::Resume(token.clone()))).await?,
            Language::Redis => TcpStream::connect(address).await?,
        };
        stream.set_nodelay(true)?;
        streams.push(stream);
    }
    let from = Instant::now() + WARM_UP;
    let until = from + LASTS;
    let tasks = streams.into_iter().zip(1_u64..).map(|(stream, number)| {
        let calls = calls(language, work, number);
        tokio::spawn(async move { one(language, work, stream, &calls?, from, until).await })
    });
    let tasks: Vec<_> = tasks.collect();
    let (mut counted, mut all, mut looked, mut found) = (0.0, 0.0, 0.0, 0.0);
    for task in tasks {
        let part = task.await??;
        counted += part[0];
        all += part[1];
        looked += part[2];
        found += part[3];
    }
    Ok(Done {
        per_second: counted / LASTS.as_secs_f64(),
        all,
        found: found / f64::max(looked, 1.0),
    })
}

/// Who is within 100 m, connected or not: the people of the bench are not.
fn look(id: u64) -> Result<Vec<u8>, Fault> {
    let args = vec![("radius_m", Value::Float(100.0)), ("away", Value::Bool(true))];
    call(id, "s.peoplenear", args)
}

fn call(id: u64, command: &str, args: Vec<(&str, Value)>) -> Result<Vec<u8>, Fault> {
    let args = args.into_iter().map(|(name, value)| (name.to_owned(), value));
    talk::bytes_of(&Frame::Call(Call {
        id,
        command: command.to_owned(),
        args: Args::Name(args.collect()),
        deadline_ms: None,
    }))
}

/// The calls of one connection, to be sent around and around.
fn calls(language: Language, work: Work, connection: u64) -> Result<Vec<Vec<u8>>, Fault> {
    let mut numbers = Numbers(connection * 1_000_003);
    let mut calls = Vec::new();
    for number in 0..PLACES * CYCLE {
        let is_move = work == Work::Moves || number % CYCLE == 0;
        let id = u64::try_from(number % IN_FLIGHT)?;
        let (latitude, longitude) = if is_move { numbers.place() } else { (0.0, 0.0) };
        calls.push(match (language, is_move) {
            (Language::Motorpool, true) => {
                let args = vec![
                    ("latitude", Value::Float(latitude)),
                    ("longitude", Value::Float(longitude)),
                ];
                call(id, "s.move", args)?
            }
            (Language::Motorpool, false) => look(id)?,
            (Language::Redis, true) => {
                format!("GEOADD g {longitude:.7} {latitude:.7} me-{connection}\r\n").into_bytes()
            }
            (Language::Redis, false) => {
                format!("GEOSEARCH g FROMMEMBER me-{connection} BYRADIUS 100 m ASC COUNT 100 WITHDIST\r\n").into_bytes()
            }
        });
    }
    Ok(calls)
}

/// One connection: answers counted in time, all answers, answers looked into and people in them.
async fn one(
    language: Language,
    work: Work,
    mut stream: TcpStream,
    calls: &[Vec<u8>],
    from: Instant,
    until: Instant,
) -> Result<[f64; 4], Fault> {
    let (mut sent, mut answered) = (0_usize, 0_usize);
    // Ids that wait for their answer: looks and moves may be answered in another order than they were asked.
    let mut open = [false; IN_FLIGHT];
    let mut part = [0.0; 4];
    let mut got: Vec<u8> = Vec::with_capacity(1 << 17);
    let mut out: Vec<u8> = Vec::new();
    loop {
        let now = Instant::now();
        out.clear();
        while now < until
            && let Some(place) = open.get_mut(sent % IN_FLIGHT).filter(|place| !**place)
        {
            *place = true;
            out.extend(calls.get(sent % calls.len()).ok_or("no calls")?);
            sent += 1;
        }
        if out.is_empty() && sent == answered {
            return Ok(part);
        }
        stream.write_all(&out).await?;
        let read = stream.read_buf(&mut got).await?;
        check(read > 0, || "the server closed".to_owned())?;
        let is_counted = (from..until).contains(&Instant::now());
        let mut start = 0;
        while let Some(length) = answer(language, got.get(start..).unwrap_or_default())? {
            let bytes = got.get(start..start + length).ok_or("half an answer")?;
            let id = match language {
                Language::Motorpool => {
                    let item = bytes.get(LENGTH_BYTES..).ok_or("half a frame")?;
                    talk::ok_id(item).map(usize::from)
                }
                Language::Redis => Some(answered % IN_FLIGHT),
            };
            let wanted = id.and_then(|id| open.get_mut(id)).is_some_and(std::mem::take);
            check(wanted, || format!("no good answer: {}", String::from_utf8_lossy(bytes)))?;
            let is_move = work == Work::Moves || id == Some(0);
            if !is_move && answered % 101 == 0 {
                part[2] += 1.0;
                part[3] += people_in(language, bytes)?;
            }
            start += length;
            answered += 1;
            part[1] += 1.0;
            if is_counted {
                part[0] += 1.0;
            }
        }
        got.drain(..start);
    }
}

/// How long the answer at the start is, if it is whole.
fn answer(language: Language, bytes: &[u8]) -> Result<Option<usize>, Fault> {
    if language == Language::Motorpool {
        let Some(length) = bytes.first_chunk::<LENGTH_BYTES>() else {
            return Ok(None);
        };
        let length = LENGTH_BYTES + usize::try_from(u32::from_be_bytes(*length))?;
        return Ok((bytes.len() >= length).then_some(length));
    }
    // Replies of Redis: how many are still to come, as arrays open.
    let (mut at, mut open) = (0, 1_usize);
    while open > 0 {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(end) = rest.windows(2).position(|two| two == b"\r\n") else {
            return Ok(None);
        };
        let line = std::str::from_utf8(rest.get(..end).unwrap_or_default())?;
        at += end + 2;
        open -= 1;
        match line.split_at_checked(1) {
            Some(("*", count)) => open += count.parse::<usize>()?,
            Some(("$", length)) => at += length.parse::<usize>()? + 2,
            Some((":" | "+", _)) => {}
            _ => return Err(format!("redis says {line}").into()),
        }
        if at > bytes.len() {
            return Ok(None);
        }
    }
    Ok(Some(at))
}

/// How many people an answer names, the one who asked aside.
fn people_in(language: Language, bytes: &[u8]) -> Result<f64, Fault> {
    let names = match language {
        Language::Motorpool => bytes.windows(7).filter(|seven| seven == b"user_id").count(),
        Language::Redis => bytes.windows(7).filter(|seven| seven == b"person-").count(),
    };
    Ok(f64::from(u32::try_from(names)?))
}
