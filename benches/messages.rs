//! Messages that are kept, from one person to another over two sockets: how many a second, each on the disk before its
//! answer, each acknowledged; and how long an inbox of 100,000 takes to open.
//!
//! `cargo bench --bench messages`. The receiver checks that it has every message once and in order.

mod common;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use common::figures::{against, at_most, machine, median, rounds};
use common::process::{self, Server};
use common::talk::{bytes_of, call, connect, read_item};
use common::{Fault, check, crowd, fleet};
use diesel::RunQueryDsl;
use motorpool::runtime::clock;
use motorpool::store::{DatabaseUrl, Store, StoreOptions};
use motorpool::wire::{self, Ack, Frame, Login, Ping, Send, Target, Value};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;

/// Messages on their way at a time, as many as a session may have open.
const ON_THEIR_WAY: usize = 64;
const WARM_UP: Duration = Duration::from_millis(300);
const LASTS: Duration = Duration::from_secs(2);
/// Messages a second.
const GOAL: f64 = 5_000.0;
/// Lines of the inbox that is opened.
const LINES: i64 = 100_000;
/// Milliseconds until its first page is there.
const OPENS_GOAL_MS: f64 = 50.0;

fn main() -> Result<(), Fault> {
    println!("messages: {ON_THEIR_WAY} on their way, on {}", machine());
    let folder = process::folder()?;
    let tokens = crowd::prepare(folder.path(), "customer", 3)?;
    fill(folder.path())?;
    let settings = [
        ("MOTORPOOL_LIMITS__MESSAGE_BURST", "1000000"),
        ("MOTORPOOL_LIMITS__MESSAGES_PER_MINUTE", "10000000"),
    ];
    let server = Server::start(folder.path(), &settings)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let token = |number: usize| tokens.get(number).cloned().ok_or("no token");
    let (mut speeds, mut costs, mut opens) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds(7) {
        let before = server.process.processor_seconds()?;
        let load = Load::connect(&server, token(0)?, token(1)?);
        let (counted, all) = runtime.block_on(async { load.await?.run().await })?;
        let used = server.process.processor_seconds()? - before;
        speeds.push(f64::from(counted) / LASTS.as_secs_f64());
        costs.push(used * 1e6 / f64::from(all));
        opens.push(runtime.block_on(open(&server, token(2)?))?);
    }
    println!(
        "  messages a second: {}, {:.0} us of processor each",
        against(median(&speeds), GOAL),
        median(&costs)
    );
    println!(
        "  an inbox of {LINES} opens in {}",
        at_most(median(&opens), OPENS_GOAL_MS, "ms")
    );
    server.process.stop()
}

/// An inbox of the third person with so many lines.
fn fill(folder: &Path) -> Result<(), Fault> {
    let url = DatabaseUrl::sqlite(folder.join("motorpool.db"));
    let store = Store::open(&url, StoreOptions::default())?;
    let now = clock::micros(clock::now());
    let later = now + 3_600 * 1_000_000;
    let name = fleet::name("customer", 2);
    store.write_blocking(move |conn| {
        let numbers = format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {LINES})");
        for statement in [
            format!(
                "{numbers} INSERT INTO message (id, sender_kind, sender_id, sender_name, target, body, sent_at, expires_at, recipients) \
                 SELECT i, 'user', 1, 'customer', 'user', 'message number ' || i, {now}, {later}, 1 FROM n"
            ),
            format!(
                "INSERT INTO inbox (user_id, last_seq, delivered_seq, read_seq, purged_seq, receipts) \
                 SELECT id, {LINES}, {LINES}, 0, 0, TRUE FROM \"user\" WHERE username = '{name}'"
            ),
            format!(
                "{numbers} INSERT INTO inbox_line (user_id, seq, message_id, expires_at) \
                 SELECT inbox.user_id, i, i, {later} FROM n, inbox"
            ),
        ] {
            diesel::sql_query(statement).execute(conn)?;
        }
        Ok(())
    })?;
    store.close();
    Ok(())
}

/// Milliseconds until the first page is there.
async fn open(server: &Server, token: String) -> Result<f64, Fault> {
    let mut stream = connect(server.address, Some(Login::Resume(token))).await?;
    let asked = call(1, "s.inbox", &[])?;
    let began = Instant::now();
    stream.write_all(&asked).await?;
    loop {
        let Frame::Result(answer) = wire::decode(&read_item(&mut stream).await?)? else {
            continue;
        };
        let took = began.elapsed();
        let page = answer.outcome.map_err(|err| err.message)?;
        let unread = field(&page, "unread").and_then(Value::as_integer).map(i64::try_from);
        check(unread == Some(Ok(LINES)), || format!("{unread:?} are not read"))?;
        return Ok(took.as_secs_f64() * 1_000.0);
    }
}

fn field<'a>(map: &'a Value, name: &str) -> Option<&'a Value> {
    let found = map.as_map()?.iter().find(|(key, _)| key.as_text() == Some(name));
    found.map(|(_, value)| value)
}

/// Two people and what is between them.
struct Load {
    sender: TcpStream,
    receiver: TcpStream,
}

impl Load {
    async fn connect(server: &Server, from: String, to: String) -> Result<Self, Fault> {
        Ok(Self {
            sender: connect(server.address, Some(Login::Resume(from))).await?,
            receiver: connect(server.address, Some(Login::Resume(to))).await?,
        })
    }

    /// Messages that were answered in the measured time, and all.
    async fn run(self) -> Result<(u32, u32), Fault> {
        let from = Instant::now() + WARM_UP;
        let until = from + LASTS;
        let receiving = tokio::spawn(receive(self.receiver));
        let (mut read, mut write) = self.sender.into_split();
        let (mut sent, mut answered, mut counted) = (0_u64, 0_u64, 0_u32);
        // Ids go on: each run resumes the client of the one before, and an id that comes again is the same message.
        let first = NEXT_ID.load(Ordering::Relaxed);
        while sent < u64::try_from(ON_THEIR_WAY)? {
            send(&mut write, first + sent).await?;
            sent += 1;
        }
        while answered < sent {
            let length = usize::try_from(tokio::io::AsyncReadExt::read_u32(&mut read).await?)?;
            let mut item = vec![0; length];
            tokio::io::AsyncReadExt::read_exact(&mut read, &mut item).await?;
            let Frame::Result(answer) = wire::decode(&item)? else {
                continue;
            };
            answer.outcome.map_err(|err| err.message)?;
            answered += 1;
            let now = Instant::now();
            counted += u32::from((from..until).contains(&now));
            if now < until {
                send(&mut write, first + sent).await?;
                sent += 1;
            }
        }
        send_last(&mut write, first + sent).await?;
        NEXT_ID.store(first + sent + 1, Ordering::Relaxed);
        let received = receiving.await??;
        check(received == sent, || {
            format!("{sent} were acknowledged, {received} came")
        })?;
        Ok((counted, u32::try_from(sent)?))
    }
}

/// Of the messages of all runs.
static NEXT_ID: AtomicU64 = AtomicU64::new(1);
/// The body of the message that ends a run.
const LAST: &str = "the last";

async fn send(write: &mut OwnedWriteHalf, id: u64) -> Result<(), Fault> {
    say(
        write,
        id,
        format!("message number {id} of this run, with some words behind it"),
    )
    .await
}

async fn send_last(write: &mut OwnedWriteHalf, id: u64) -> Result<(), Fault> {
    say(write, id, LAST.to_owned()).await
}

async fn say(write: &mut OwnedWriteHalf, id: u64, body: String) -> Result<(), Fault> {
    let frame = Frame::Send(Send {
        id,
        to: Target::User(fleet::name("customer", 1)),
        body,
    });
    write.write_all(&bytes_of(&frame)?).await?;
    Ok(())
}

/// Takes messages until the last, acknowledges each, and checks that none is lost or out of order; says how many came.
async fn receive(mut stream: TcpStream) -> Result<u64, Fault> {
    let (mut received, mut expected) = (0, None);
    loop {
        let Frame::Event(event) = wire::decode(&read_item(&mut stream).await?)? else {
            continue;
        };
        if event.name != "message" {
            continue;
        }
        let seq = field(&event.data, "seq").and_then(Value::as_integer).map(u64::try_from);
        let seq = seq.ok_or("no seq")??;
        check(expected.is_none_or(|expected| expected == seq), || {
            format!("got line {seq}, wanted {expected:?}")
        })?;
        expected = Some(seq + 1);
        stream
            .write_all(&bytes_of(&Frame::Ack(Ack { seq: event.seq }))?)
            .await?;
        if field(&event.data, "body").and_then(Value::as_text) == Some(LAST) {
            // A pong shows that the acknowledgement was read.
            stream.write_all(&bytes_of(&Frame::Ping(Ping { id: 1 }))?).await?;
            while !matches!(wire::decode(&read_item(&mut stream).await?)?, Frame::Pong(_)) {}
            return Ok(received);
        }
        received += 1;
    }
}
