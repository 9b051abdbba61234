//! What slow readers cost the others: 64 who never read, under a fan-out, beside a client that calls.
//!
//! `cargo bench --bench slow`. Three arms in turns: nothing else, a fan-out to 8 who read, the same with 64 who do not
//! read, until the last of them was cut off. What is measured is the calling client's waiting, and the server's memory.

mod common;

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use common::children::{self, Child};
use common::fan::FanLoad;
use common::figures::{at_most, machine, median, rounds};
use common::process::{self, Server};
use common::wire::{Dialect, read_item};
use common::{Fault, check, crowd, talk};
use motorpool::wire::{self, Frame, Hello, PROTOCOL};
use socket2::{Domain, Socket, Type};

const READERS: usize = 64;
/// Who hears the same fan-out and reads.
const HEALTHY: usize = 8;
/// Of a message: the longest, so that the system's own buffers are soon full.
const BODY_BYTES: usize = 8_000;
const LASTS: Duration = Duration::from_secs(4);
/// Between two messages of the fan-out.
const PACE: Duration = Duration::from_millis(5);
/// Receive buffer of a slow one; the system makes a little more of it.
const SLOW_BUFFER_BYTES: usize = 2_048;
/// Waiting of the calling client against its quiet value.
const GOAL: f64 = 2.0;
/// Bound of one outbox as configured by default, in MiB.
const OUTBOX_MIB: f64 = 0.25;

fn main() -> Result<(), Fault> {
    if let Some(orders) = children::orders() {
        return child(&orders);
    }
    println!("slow: {READERS} who never read under a fan-out, on {}", machine());
    let folder = process::folder()?;
    let tokens = crowd::prepare(folder.path(), "manager", 1)?;
    let token = tokens.first().ok_or("no token")?;
    let server = Server::start(folder.path(), &[])?;
    let mut caller = Dialect::Motorpool.connect(server.address, None)?;
    let address = server.address.to_string();
    let mut arms: [Vec<f64>; 3] = Default::default();
    let mut memory: [Vec<f64>; 3] = Default::default();
    for _ in 0..rounds(5) {
        for (arm, (waits, mib)) in arms.iter_mut().zip(&mut memory).enumerate() {
            let mut others = Vec::new();
            if arm > 0 {
                others.push(Child::start(&["fan", &address, token])?);
            }
            if arm > 1 {
                others.push(Child::start(&["slow", &address])?);
            }
            for other in &mut others {
                check(other.line()? == "ready", || "a child is not ready".to_owned())?;
            }
            let (p99, most) = call(&mut caller, &server)?;
            waits.push(p99);
            mib.push(most);
            if arm > 1 {
                let clients = clients(&mut caller)?;
                check(clients <= 1 + 1 + HEALTHY, || {
                    format!("{clients} clients are there: the slow ones were not cut off")
                })?;
            }
            for other in &mut others {
                other.tell("end")?;
                check(other.line()? == "done", || "a child failed".to_owned())?;
            }
        }
    }
    report(&arms, &memory)?;
    server.process.stop()
}

fn report(arms: &[Vec<f64>; 3], memory: &[Vec<f64>; 3]) -> Result<(), Fault> {
    let names = ["quiet", "fan-out to readers", "with slow ones too"];
    for ((name, waits), mib) in names.iter().zip(arms).zip(memory) {
        println!(
            "  {name:<20} a call's p99 {:>7.0} us, resident at most {:.1} MiB",
            median(waits),
            median(mib)
        );
    }
    let [quiet, fan, slow] = arms;
    let against = |base: &[f64]| median(slow) / median(base);
    println!("  p99 against quiet {}", at_most(against(quiet), GOAL, "times"));
    println!("  p99 against the same fan-out {:.1} times", against(fan));
    let [_, fan, slow] = memory;
    let most = |mib: &[f64]| mib.iter().copied().fold(0.0, f64::max);
    let (cost, bound) = (most(slow) - most(fan), 64.0 * 2.0 * OUTBOX_MIB);
    println!("  memory of the slow ones {cost:.1} MiB of {bound:.1}: an outbox is a buffer that grows twofold");
    check(cost <= bound, || {
        format!("slow readers cost {cost} MiB, at most {bound}")
    })
}

/// Calls one after the other; gives the 99th percentile of the waiting in us, and the server's memory at its most.
fn call(caller: &mut TcpStream, server: &Server) -> Result<(f64, f64), Fault> {
    let ping = talk::call(1, "s.ping", &[])?;
    let began = Instant::now();
    let (mut waits, mut most, mut looked_at) = (Vec::new(), 0.0_f64, began);
    while began.elapsed() < LASTS {
        let asked_at = Instant::now();
        caller.write_all(&ping)?;
        while !talk::is_ok_of(&read_item(caller)?, 1) {}
        waits.push(asked_at.elapsed().as_secs_f64() * 1e6);
        if looked_at.elapsed() > Duration::from_millis(20) {
            most = most.max(server.process.resident_mib()?);
            looked_at = Instant::now();
        }
        std::thread::park_timeout(Duration::from_micros(500));
    }
    waits.sort_by(f64::total_cmp);
    let p99 = waits.get(waits.len() * 99 / 100).copied().ok_or("too few calls")?;
    Ok((p99, most))
}

/// How many clients the server has.
fn clients(caller: &mut TcpStream) -> Result<usize, Fault> {
    caller.write_all(&talk::call(2, "s.info", &[])?)?;
    loop {
        if let Frame::Result(answer) = wire::decode(&read_item(caller)?)? {
            let info = answer.outcome.map_err(|err| err.message)?;
            let fields = info.as_map().ok_or("no map")?;
            let clients = fields.iter().find(|(key, _)| key.as_text() == Some("clients"));
            let clients = clients.and_then(|(_, value)| value.as_integer()).ok_or("no count")?;
            return Ok(usize::try_from(clients)?);
        }
    }
}

fn child(orders: &[String]) -> Result<(), Fault> {
    match orders {
        [kind, address, token] if kind == "fan" => {
            let load = FanLoad {
                dialect: Dialect::Motorpool,
                address: address.parse()?,
                receivers: HEALTHY,
                body_bytes: BODY_BYTES,
                on_their_way: 64,
                lasts: LASTS + Duration::from_millis(500),
                pace: Some(PACE),
                token: Some(token.clone()),
            };
            children::say("ready")?;
            // Fails when one who reads lost a message.
            load.run()?;
        }
        [kind, address] if kind == "slow" => {
            let address = address.parse()?;
            let crowd: Result<Vec<_>, Fault> = (0..READERS).map(|_| slow_one(address)).collect();
            children::say("ready")?;
            children::wait()?;
            drop(crowd?);
            return children::say("done");
        }
        _ => return Err("wanted fan or slow".into()),
    }
    children::wait()?;
    children::say("done")
}

fn slow_one(address: SocketAddr) -> Result<TcpStream, Fault> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_recv_buffer_size(SLOW_BUFFER_BYTES)?;
    socket.connect(&address.into())?;
    let mut stream = TcpStream::from(socket);
    let hello = Hello {
        protocol: PROTOCOL,
        ..Hello::default()
    };
    stream.write_all(&talk::bytes_of(&Frame::Hello(hello))?)?;
    let frame = wire::decode(&read_item(&mut stream)?)?;
    check(matches!(frame, Frame::Welcome(_)), || format!("got {frame:?}"))?;
    Ok(stream)
}
