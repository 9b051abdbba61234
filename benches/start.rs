//! How long until a server accepts, on a folder that is empty and on one with a store, and its memory when idle.
//!
//! `cargo bench --bench start`. A start counts until a client has connected; the welcome that must follow is timed
//! too. There is no peer: the goals are times.

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
    let (mut first, mut later, mut idle) = (Vec::new(), Vec::new(), Vec::new());
    let mut welcomed = Vec::new();
    for _ in 0..rounds(7) {
        let folder = process::folder()?;
        let (accepted, _) = runtime.block_on(start(folder.path(), &mut Vec::new()))?;
        first.push(accepted);
        let (accepted, until_welcome) = runtime.block_on(start(folder.path(), &mut idle))?;
        later.push(accepted);
        welcomed.push(until_welcome);
    }
    println!(
        "  first run, making the store: {}",
        at_most(median(&first), FIRST_GOAL_MS, "ms")
    );
    println!(
        "  with a store: {}; a client is welcome after {:.1} ms",
        at_most(median(&later), LATER_GOAL_MS, "ms"),
        median(&welcomed)
    );
    println!("  idle: {} resident", at_most(median(&idle), IDLE_GOAL_MIB, "MiB"));
    Ok(())
}

/// One start and stop: milliseconds until it accepts, and until a client is welcome.
async fn start(folder: &Path, idle: &mut Vec<f64>) -> Result<(f64, f64), Fault> {
    let address = process::free_address()?;
    let began_at = Instant::now();
    let mut process = Server::spawn(folder, address, &[])?;
    process::wait_for(&mut process, address, &folder.join("log"))?;
    let accepted = began_at.elapsed();
    let client = talk::connect(address, None).await?;
    let welcomed = began_at.elapsed();
    drop(client);
    tokio::time::sleep(SETTLE).await;
    idle.push(process.resident_mib()?);
    process.stop()?;
    check(accepted <= welcomed, || "welcome before it accepts".to_owned())?;
    Ok((accepted.as_secs_f64() * 1e3, welcomed.as_secs_f64() * 1e3))
}
