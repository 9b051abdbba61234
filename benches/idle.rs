//! How much memory an idle client costs: 10,000 of them, signed in, sending nothing.
//!
//! `cargo bench --bench idle`. Everybody signs in with a token of an account of their own. The crowd is a process of
//! its own; what is measured is the server's resident memory with it and without it.

mod common;

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use common::children::{self, Child};
use common::figures::{at_most, machine, median, rounds};
use common::process::{self, Server};
use common::wire::Dialect;
use common::{Fault, check, crowd, wire};
use motorpool::wire::Login;

const CLIENTS: usize = 10_000;
/// Resident memory of one, in KiB.
const GOAL_KIB: f64 = 8.0;
/// How long the server has to come to rest.
const REST: Duration = Duration::from_secs(3);

fn main() -> Result<(), Fault> {
    if let Some(orders) = children::orders() {
        return child(&orders);
    }
    println!("idle: {CLIENTS} clients, signed in, on {}", machine());
    let (mut each, mut connects) = (Vec::new(), Vec::new());
    for _ in 0..rounds(3) {
        let folder = process::folder()?;
        let tokens = crowd::prepare(folder.path(), "customer", CLIENTS)?;
        std::fs::write(folder.path().join("tokens"), tokens.join("\n"))?;
        let server = Server::start(folder.path(), &[])?;
        // One came and went: what is made once is there.
        drop(Dialect::Motorpool.connect(server.address, None)?);
        std::thread::park_timeout(REST);
        let before = server.process.resident_mib()?;
        let (address, file) = (server.address.to_string(), folder.path().join("tokens"));
        let mut crowd = Child::start(&[&address, &file.to_string_lossy()])?;
        connects.push(crowd.line()?.parse::<f64>()?);
        std::thread::park_timeout(REST);
        let with = server.process.resident_mib()?;
        crowd.tell("are you all there?")?;
        check(crowd.line()? == "all", || "somebody is gone".to_owned())?;
        let clients = f64::from(u32::try_from(CLIENTS)?);
        each.push((with - before) * 1024.0 / clients);
        println!("  {before:.1} MiB without, {with:.1} MiB with them");
        drop(crowd);
        server.process.stop()?;
    }
    println!("  each {}", at_most(median(&each), GOAL_KIB, "KiB"));
    println!("  all in after {:.1} s", median(&connects));
    Ok(())
}

fn child(orders: &[String]) -> Result<(), Fault> {
    let [address, file] = orders else {
        return Err("wanted an address and a file of tokens".into());
    };
    let address: SocketAddr = address.parse()?;
    let began = Instant::now();
    let mut crowd: Vec<TcpStream> = Vec::new();
    for token in std::fs::read_to_string(file)?.lines() {
        let login = Login::Resume(token.to_owned());
        crowd.push(Dialect::Motorpool.connect(address, Some(login))?);
    }
    children::say(&began.elapsed().as_secs_f64().to_string())?;
    children::wait()?;
    for stream in &mut crowd {
        wire::ask_for_life(stream)?;
    }
    children::say("all")?;
    children::wait()?;
    Ok(())
}
