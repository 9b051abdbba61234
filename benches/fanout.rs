//! How many deliveries a second: one sends 64 bytes to everybody, beside NATS and Redis under the same load.
//!
//! `cargo bench --bench fanout`. The load is a process of its own, with one reader for all three. Every receiver
//! checks that it has each message once and in order.

mod common;

use std::net::SocketAddr;
use std::time::Duration;

use common::children::{self, Child};
use common::fan::FanLoad;
use common::figures::{against, machine, median, ratio, rounds};
use common::process::{self, Server};
use common::wire::Dialect;
use common::{Fault, crowd};

const LASTS: Duration = Duration::from_secs(1);
/// As many as a session may have open.
const ON_THEIR_WAY: u64 = 64;
/// Deliveries for each one of NATS and of Redis, to 1,000 receivers.
const GOALS: (f64, f64) = (2.0, 1.0);

fn main() -> Result<(), Fault> {
    if let Some(orders) = children::orders() {
        return child(&orders);
    }
    println!(
        "fanout: 64 bytes from one sender, {ON_THEIR_WAY} on their way, on {}",
        machine()
    );
    let folders = [process::folder()?, process::folder()?, process::folder()?];
    let [ours_folder, redis_folder, nats_folder] = &folders;
    let tokens = crowd::prepare(ours_folder.path(), "manager", 1)?;
    let token = tokens.first().ok_or("no token")?;
    let servers = [
        Server::start(ours_folder.path(), &[])?,
        process::redis(redis_folder.path())?,
        process::nats(nats_folder.path())?,
    ];
    for receivers in [1_000, 100] {
        compare(&servers, receivers, token)?;
    }
    for server in servers {
        server.process.stop()?;
    }
    Ok(())
}

/// Prints all three, and the ratios.
fn compare(servers: &[Server; 3], receivers: usize, token: &str) -> Result<(), Fault> {
    let mut figures: [(Vec<f64>, Vec<f64>); 3] = Default::default();
    for _ in 0..rounds(7) {
        for ((dialect, server), (speeds, costs)) in Dialect::ALL.into_iter().zip(servers).zip(&mut figures) {
            let before = server.process.processor_seconds()?;
            let (address, receivers) = (server.address.to_string(), receivers.to_string());
            let mut child = Child::start(&[dialect.name(), &address, &receivers, token])?;
            let line = child.line()?;
            let (speed, deliveries) = line.split_once(' ').ok_or("half a line")?;
            let used = server.process.processor_seconds()? - before;
            speeds.push(speed.parse()?);
            costs.push(used * 1e6 / deliveries.parse::<f64>()?);
        }
    }
    println!(
        "  to {receivers} receivers, deliveries a second (processor of the server for each, connecting included):"
    );
    for (dialect, (speeds, costs)) in Dialect::ALL.into_iter().zip(&figures) {
        println!(
            "    {:<9} {:>9.0} ({:.2} us)",
            dialect.name(),
            median(speeds),
            median(costs)
        );
    }
    let [ours, redis, nats] = &figures;
    println!("    ratio to NATS {}", against(ratio(&ours.0, &nats.0), GOALS.0));
    println!("    ratio to Redis {}", against(ratio(&ours.0, &redis.0), GOALS.1));
    Ok(())
}

fn child(orders: &[String]) -> Result<(), Fault> {
    let [dialect, address, receivers, token] = orders else {
        return Err("wanted a dialect, an address, a count and a token".into());
    };
    let dialect = Dialect::named(dialect)?;
    let load = FanLoad {
        dialect,
        address: address.parse::<SocketAddr>()?,
        receivers: receivers.parse()?,
        body_bytes: 64,
        on_their_way: ON_THEIR_WAY,
        lasts: LASTS,
        pace: None,
        token: Some(token.clone()),
    };
    let fanned = load.run()?;
    let deliveries = fanned.messages * u64::try_from(load.receivers)?;
    children::say(&format!("{} {deliveries}", fanned.per_second))
}
