//! How many acknowledged calls and how many deliveries a second over Socket.IO, beside Node's socket.io under the same load.
//!
//! `cargo bench --bench socketio`. The load is a process of its own and speaks WebSockets by hand, the same to both.
//! Every acknowledgement and every delivery is checked, and each receiver has each message once and in order.

mod common;

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use common::children::{self, Child};
use common::figures::{against, machine, median, ratio, rounds};
use common::process::{self, Server};
use common::socketio::{Socket, message};
use common::{Fault, check, crowd};
use rustix::buffer::spare_capacity;
use rustix::event::epoll;

const WARM_UP: Duration = Duration::from_millis(300);
const LASTS: Duration = Duration::from_secs(1);
/// Times Node's figure, for calls and for deliveries.
const GOAL: f64 = 3.0;
/// Sockets that call, and calls in flight on each.
const CALLERS: (usize, usize) = (64, 16);
/// The number of the first call's acknowledgement: all have two digits.
const ACK_FIRST: usize = 10;
/// Sockets that hear, and messages on their way.
const RECEIVERS: usize = 1_000;
const ON_THEIR_WAY: u64 = 16;
const EVENTS_MAX: usize = 1_024;
const BUFFER_BYTES: usize = 256 * 1024;
/// Digits of a message's number.
const DIGITS: usize = 12;
/// Fills a message up to 64 bytes.
const FILL: usize = 64 - DIGITS;

fn main() -> Result<(), Fault> {
    if let Some(orders) = children::orders() {
        return child(&orders);
    }
    let folders = [process::folder()?, process::folder()?];
    let [ours_folder, nodes_folder] = &folders;
    let tokens = crowd::prepare(ours_folder.path(), "manager", 1)?;
    let auth = format!("{{\"resume\":\"{}\"}}", tokens.first().ok_or("no token")?);
    let servers = [
        Server::start_http(ours_folder.path())?,
        process::node(&node_script(nodes_folder.path())?, nodes_folder.path())?,
    ];
    println!("socketio: beside Node's socket.io, on {}", machine());
    for (what, load) in [
        (
            "acknowledged calls a second, 64 sockets with 16 in flight each",
            "calls",
        ),
        ("deliveries a second, 64 bytes from one sender to 1,000", "fan"),
    ] {
        compare(what, load, &servers, &auth)?;
    }
    for server in servers {
        server.process.stop()?;
    }
    Ok(())
}

fn compare(what: &str, load: &str, servers: &[Server; 2], auth: &str) -> Result<(), Fault> {
    let mut figures: [(Vec<f64>, Vec<f64>); 2] = Default::default();
    for _ in 0..rounds(5) {
        for (server, (speeds, costs)) in servers.iter().zip(&mut figures) {
            let before = server.process.processor_seconds()?;
            let mut child = Child::start(&[load, &server.address.to_string(), auth])?;
            let line = child.line()?;
            let (speed, all) = line.split_once(' ').ok_or("half a line")?;
            let used = server.process.processor_seconds()? - before;
            speeds.push(speed.parse()?);
            costs.push(used * 1e6 / all.parse::<f64>()?);
        }
    }
    println!("  {what} (processor of the server for each, connecting included):");
    for (name, (speeds, costs)) in ["motorpool", "socket.io"].into_iter().zip(&figures) {
        println!("    {name:<9} {:>9.0} ({:.2} us)", median(speeds), median(costs));
    }
    let [ours, node] = &figures;
    println!("    ratio {}", against(ratio(&ours.0, &node.0), GOAL));
    Ok(())
}

/// Node's server with the same two abilities, as its manual writes them.
fn node_script(folder: &Path) -> Result<std::path::PathBuf, Fault> {
    let script = folder.join("server.cjs");
    fs::write(
        &script,
        r#"const { createServer } = require("http");
const { Server } = require("socket.io");
const http = createServer();
const io = new Server(http, { transports: ["websocket"], serveClient: false });
let seq = 0;
io.on("connection", (socket) => {
  socket.on("call", (command, args, acknowledge) => {
    if (command === "s.ping") return acknowledge({ ok: { at: new Date().toISOString() } });
    const message = ++seq;
    const data = { id: message, from: "sender", from_id: socket.id, body: args[0], at: new Date().toISOString() };
    io.emit("event", { epoch: "bench", seq: 0, name: "message", data });
    acknowledge({ ok: { message, pushed: io.engine.clientsCount } });
  });
});
http.listen(Number(process.argv[2]), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
"#,
    )?;
    Ok(script)
}

fn child(orders: &[String]) -> Result<(), Fault> {
    let [load, address, auth] = orders else {
        return Err("wanted a load, an address and an auth".into());
    };
    let address: SocketAddr = address.parse()?;
    match load.as_str() {
        "calls" => calls(address),
        "fan" => fan(address, auth),
        other => Err(format!("there is no load {other}").into()),
    }
}

/// Says how many a second, and how many in all.
fn tell(counted: u64, all: u64) -> Result<(), Fault> {
    let per_second = f64::from(u32::try_from(counted)?) / LASTS.as_secs_f64();
    children::say(&format!("{per_second} {all}"))
}

fn calls(address: SocketAddr) -> Result<(), Fault> {
    let (sockets, in_flight) = CALLERS;
    let mut crowd = Crowd::join(address, sockets)?;
    let call = |place: usize| message(format!("42{}[\"call\",\"s.ping\",[]]", ACK_FIRST + place).as_bytes());
    let calls: Vec<Vec<u8>> = (0..in_flight).map(call).collect();
    for socket in &mut crowd.sockets {
        socket.say(&calls.concat())?;
    }
    let from = Instant::now() + WARM_UP;
    let until = from + LASTS;
    let (mut all, mut counted, mut open) = (0, 0, u64::try_from(sockets * in_flight)?);
    while open > 0 {
        let now = Instant::now();
        crowd.turn(|socket, buffer| {
            let mut next = Vec::new();
            let mut answered = 0;
            socket.read(buffer, |text| {
                if let Some(rest) = text.strip_prefix(b"43") {
                    let (ack, answer) = rest.split_at_checked(2).ok_or("no number")?;
                    let place = std::str::from_utf8(ack)?.parse::<usize>()?.wrapping_sub(ACK_FIRST);
                    check(answer.starts_with(b"[{\"ok\":"), || {
                        String::from_utf8_lossy(text).into_owned()
                    })?;
                    answered += 1;
                    if now < until {
                        next.extend(calls.get(place).ok_or("no such place")?);
                    } else {
                        open -= 1;
                    }
                }
                Ok(())
            })?;
            all += answered;
            if (from..until).contains(&now) {
                counted += answered;
            }
            socket.say(&next)
        })?;
    }
    tell(counted, all)
}

fn fan(address: SocketAddr, auth: &str) -> Result<(), Fault> {
    let mut crowd = Crowd::join(address, RECEIVERS)?;
    let mut sender = Socket::join(address, auth)?;
    let mut next = vec![0; RECEIVERS];
    let everybody = u64::try_from(RECEIVERS)?;
    let began = Instant::now();
    let (from, until) = (began + WARM_UP, began + WARM_UP + LASTS);
    let (mut sent, mut delivered, mut counted, mut acknowledged) = (0, 0, 0, 0);
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let now = Instant::now();
        if now < until {
            let mut out = Vec::new();
            while sent < delivered / everybody + ON_THEIR_WAY {
                let body = format!("{sent:0DIGITS$}{}", "x".repeat(FILL));
                out.extend(message(format!("420[\"call\",\"s.announce\",[\"{body}\"]]").as_bytes()));
                sent += 1;
            }
            sender.say(&out)?;
        } else if delivered == sent * everybody {
            break;
        }
        crowd.turn_numbered(|place, socket, buffer| {
            let wanted: &mut u64 = next.get_mut(place).ok_or("no such receiver")?;
            socket.read(buffer, |text| {
                if text.starts_with(b"42[\"event\"") {
                    check(number(text)? == *wanted, || format!("wanted message {wanted}"))?;
                    *wanted += 1;
                    delivered += 1;
                    counted += u64::from((from..until).contains(&now));
                }
                Ok(())
            })
        })?;
        // The sender is a client too: it hears its own, and its acknowledgements.
        if sent - acknowledged > 4 * ON_THEIR_WAY || now >= until {
            acknowledged = drain(&mut sender, &mut buffer, acknowledged, sent)?;
        }
    }
    tell(counted, delivered)
}

/// Reads what the sender is owed.
fn drain(sender: &mut Socket, buffer: &mut [u8], mut acknowledged: u64, sent: u64) -> Result<u64, Fault> {
    while sent - acknowledged > ON_THEIR_WAY {
        sender.read(buffer, |text| {
            if text.starts_with(b"43") {
                check(text.starts_with(b"430[{\"ok\":"), || {
                    String::from_utf8_lossy(text).into_owned()
                })?;
                acknowledged += 1;
            }
            Ok(())
        })?;
    }
    Ok(acknowledged)
}

/// The number at the start of the body.
fn number(text: &[u8]) -> Result<u64, Fault> {
    const BODY: &[u8] = b"\"body\":\"";
    let at = text
        .windows(BODY.len())
        .position(|bytes| bytes == BODY)
        .ok_or("no body")?
        + BODY.len();
    let digits = text.get(at..at + DIGITS).ok_or("no number")?;
    Ok(std::str::from_utf8(digits)?.parse()?)
}

/// Sockets of one thread.
struct Crowd {
    epoll: std::os::fd::OwnedFd,
    sockets: Vec<Socket>,
    events: Vec<epoll::Event>,
    buffer: Vec<u8>,
}

impl Crowd {
    fn join(address: SocketAddr, many: usize) -> Result<Self, Fault> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut sockets = Vec::new();
        for place in 0..many {
            let socket = Socket::join(address, "")?;
            let data = epoll::EventData::new_u64(u64::try_from(place)?);
            epoll::add(&epoll, &socket, data, epoll::EventFlags::IN)?;
            sockets.push(socket);
        }
        Ok(Self {
            epoll,
            sockets,
            events: Vec::with_capacity(EVENTS_MAX),
            buffer: vec![0; BUFFER_BYTES],
        })
    }

    /// Waits, and looks at each socket that has something.
    fn turn(&mut self, mut look: impl FnMut(&mut Socket, &mut [u8]) -> Result<(), Fault>) -> Result<(), Fault> {
        self.turn_numbered(|_, socket, buffer| look(socket, buffer))
    }

    fn turn_numbered(
        &mut self,
        mut look: impl FnMut(usize, &mut Socket, &mut [u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.events.clear();
        epoll::wait(&self.epoll, spare_capacity(&mut self.events), None)?;
        for event in &self.events {
            let data = event.data;
            let place = usize::try_from(data.u64())?;
            let socket = self.sockets.get_mut(place).ok_or("no such socket")?;
            look(place, socket, &mut self.buffer)?;
        }
        Ok(())
    }
}
