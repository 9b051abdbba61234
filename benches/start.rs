//! How long until a server accepts, on a folder that is empty and on one with a store, and its memory when idle.
//!
//! `cargo bench --bench start`. A start counts until a client holds its welcome, as an open port alone proves little;
//! the open port is timed too. There is no peer: the goals are times.

mod common;

use std::path::Path;
use std::time::{Duration, Instant};

use common::figures::{at_most, machine, median, rounds};
use common::process::{self, Server};
use common::{Fault, check, talk};

const FIRST_GOAL_MS: f64 = 200.0;
const LATER_GOAL_MS: f64 = 50.0;
const IDLE_GOAL_MIB: f64 = 40.0;
/// Time for a server to settle before its memory is looked at.
const SETTLE: Duration = Duration::from_secs(1);

fn main() -> Result<(), Fault> {
    println!("start: on {}", machine());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut first, mut later, mut idle) = (Starts::default(), Starts::default(), Vec::new());
    for _ in 0..rounds(7) {
        let folder = process::folder()?;
        first.add(runtime.block_on(start(folder.path(), &mut Vec::new()))?);
        later.add(runtime.block_on(start(folder.path(), &mut idle))?);
    }
    first.print("first run, making the store", FIRST_GOAL_MS);
    later.print("with a store", LATER_GOAL_MS);
    println!(
        "  idle, resident memory: {}",
        at_most(median(&idle), IDLE_GOAL_MIB, "MiB")
    );
    Ok(())
}

/// Milliseconds of several starts.
#[derive(Default)]
struct Starts {
    open: Vec<f64>,
    welcome: Vec<f64>,
}

impl Starts {
    fn add(&mut self, (open, welcome): (f64, f64)) {
        self.open.push(open);
        self.welcome.push(welcome);
    }

    fn print(&self, what: &str, goal_ms: f64) {
        println!(
            "  {what}: port open after {:.1} ms, a client welcome after {}",
            median(&self.open),
            at_most(median(&self.welcome), goal_ms, "ms"),
        );
    }
}

/// One start and stop: milliseconds until its port is open, and until a client is welcome.
async fn start(folder: &Path, idle: &mut Vec<f64>) -> Result<(f64, f64), Fault> {
    let address = process::free_address()?;
    let began_at = Instant::now();
    let mut process = Server::spawn(folder, address, &[])?;
    process::wait_for(&mut process, address, &folder.join("log"))?;
    let open = began_at.elapsed();
    let client = talk::connect(address, None).await?;
    let welcomed = began_at.elapsed();
    drop(client);
    tokio::time::sleep(SETTLE).await;
    idle.push(process.resident_mib()?);
    process.stop()?;
    check(open <= welcomed, || "welcome before the port was open".to_owned())?;
    Ok((open.as_secs_f64() * 1e3, welcomed.as_secs_f64() * 1e3))
}
