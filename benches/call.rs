//! How many calls of a trivial command a second, beside Redis `PING` under the same load.
//!
//! `cargo bench --bench call`. Both servers run all the time and are loaded in turns.

mod common;

use std::time::Duration;

use common::figures::{against, machine, median, ratio, rounds};
use common::load::{Language, Load, Measured};
use common::process::{self, Server};
use common::{Fault, check};

const CONNECTIONS: usize = 64;
const LASTS: Duration = Duration::from_secs(1);
/// Calls a second for each one of Redis, with 16 in flight.
const GOAL: f64 = 0.7;

fn main() -> Result<(), Fault> {
    println!("call: {CONNECTIONS} connections, on {}", machine());
    let (ours_folder, redis_folder) = (process::folder()?, process::folder()?);
    let ours = Server::start(ours_folder.path(), &[])?;
    let redis = process::redis(redis_folder.path())?;
    println!("{}", against(compare(&ours, &redis, 16)?, GOAL));
    println!("{:.2}", compare(&ours, &redis, 1)?);
    ours.process.stop()?;
    redis.process.stop()
}

/// Prints both sides and gives the ratio.
fn compare(ours: &Server, redis: &Server, in_flight: usize) -> Result<f64, Fault> {
    let mut figures: [(Vec<f64>, Vec<f64>); 2] = Default::default();
    for _ in 0..rounds(7) {
        let sides = [(Language::Motorpool, ours), (Language::Redis, redis)];
        for ((language, server), (speeds, costs)) in sides.into_iter().zip(&mut figures) {
            let (measured, cost) = load(language, server, in_flight)?;
            speeds.push(measured.per_second);
            costs.push(cost);
        }
    }
    let [(ours, ours_cost), (redis, redis_cost)] = figures;
    print!(
        "  {in_flight:>2} in flight: motorpool {:>7.0}/s ({:.2} us of processor a call), redis {:>7.0}/s ({:.2} us), ratio ",
        median(&ours),
        median(&ours_cost),
        median(&redis),
        median(&redis_cost),
    );
    Ok(ratio(&ours, &redis))
}

fn load(language: Language, server: &Server, in_flight: usize) -> Result<(Measured, f64), Fault> {
    let before = server.process.processor_seconds()?;
    let load = Load {
        language,
        address: server.address,
        connections: CONNECTIONS,
        in_flight,
        lasts: LASTS,
    };
    let measured = load.run()?;
    check(measured.answers > 0, || "no call was answered".to_owned())?;
    let used = server.process.processor_seconds()? - before;
    Ok((measured, used * 1e6 / f64::from(u32::try_from(measured.all)?)))
}
