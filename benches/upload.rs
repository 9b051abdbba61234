//! Files on their way: one of 1 GiB beside a bare TCP copy that hashes and flushes and beside a copy of the file that flushes, and 64
//! at once beside a client that calls.
//!
//! `cargo bench --bench upload`. All three write to the same disk, from a source that lies in memory. The bench fails when a file is
//! not what was sent.

mod common;

use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use common::children::{self, Child};
use common::figures::{against, at_most, machine, median, rounds};
use common::files::{CHUNK_BYTES, Way};
use common::process::{self, Server};
use common::wire::{Dialect, read_item};
use common::{Fault, check, crowd, talk};
use motorpool::client::{Client, ConnectOptions};
use motorpool::wire::{ClientKind, Login};
use ring::digest::{Context, SHA256};

const FILE_BYTES: usize = 1 << 30;
/// Of the many at once.
const SMALL_BYTES: usize = 8 << 20;
/// Our rate against the faster of the two copies.
const GOAL: f64 = 0.7;
const UPLOADS: usize = 64;
/// Connections of one client.
const PER_CLIENT: usize = 8;
/// A command's waiting under uploads against its quiet value.
const WAIT_GOAL: f64 = 2.0;
/// Memory of one upload.
const MIB_EACH: f64 = 1.0;
const LASTS: Duration = Duration::from_secs(4);

fn main() -> Result<(), Fault> {
    if let Some(orders) = children::orders() {
        return child(&orders);
    }
    println!(
        "upload: {} MiB, and {UPLOADS} at once, on {}",
        FILE_BYTES >> 20,
        machine()
    );
    let folder = process::folder()?;
    let data = folder.path().join("data");
    std::fs::create_dir(&data)?;
    let tokens = crowd::prepare(&data, "customer", UPLOADS / PER_CLIENT)?;
    let server = Server::start(&data, &[])?;
    let source = folder.path().join("source");
    let sha256 = make(&source)?;
    let (mut ours, mut copied, mut tcp) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds(5) {
        copied.push(rate(|| copy(&source, &folder.path().join("copy")))?);
        tcp.push(bare_tcp(&source, &folder.path().join("tcp"), &sha256)?);
        ours.push(upload(
            server.address,
            tokens.first().ok_or("no token")?,
            &source,
            &sha256,
        )?);
    }
    println!("  copy of the file, flushed      {:>6.0} MiB/s", median(&copied));
    println!("  TCP copy, hashed and flushed   {:>6.0} MiB/s", median(&tcp));
    println!("  upload                         {:>6.0} MiB/s", median(&ours));
    let ratios: Vec<f64> = ours
        .iter()
        .zip(copied.iter().zip(&tcp))
        .map(|(ours, (copied, tcp))| ours / copied.max(*tcp))
        .collect();
    println!("  against the faster of them {}", against(median(&ratios), GOAL));
    std::fs::remove_file(&source)?;
    crowded(&server, &tokens)?;
    server.process.stop()
}

/// A source that is no repetition; gives its hash.
fn make(path: &Path) -> Result<String, Fault> {
    let mut file = File::create(path)?;
    let mut hash = Context::new(&SHA256);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut block = vec![0_u8; 1 << 20];
    for _ in 0..FILE_BYTES >> 20 {
        for eight in block.chunks_exact_mut(8) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            eight.copy_from_slice(&state.to_le_bytes());
        }
        hash.update(&block);
        file.write_all(&block)?;
    }
    file.sync_all()?;
    Ok(data_encoding::HEXLOWER.encode(hash.finish().as_ref()))
}

/// MiB a second of something that moves the whole file.
fn rate(work: impl FnOnce() -> Result<(), Fault>) -> Result<f64, Fault> {
    let began = Instant::now();
    work()?;
    let mib = f64::from(u32::try_from(FILE_BYTES >> 20)?);
    Ok(mib / began.elapsed().as_secs_f64())
}

/// What `cp` does, and a flush. Read and written: a file system that shares blocks would copy nothing.
fn copy(from: &Path, to: &Path) -> Result<(), Fault> {
    let (mut source, mut file) = (File::open(from)?, File::create(to)?);
    let mut block = vec![0; 1 << 20];
    loop {
        let read = source.read(&mut block)?;
        if read == 0 {
            break;
        }
        file.write_all(block.get(..read).ok_or("a longer read")?)?;
    }
    file.sync_all()?;
    drop(file);
    Ok(std::fs::remove_file(to)?)
}

/// A process that takes a connection's bytes, hashes, writes and flushes them, and says the hash.
fn bare_tcp(source: &Path, to: &Path, sha256: &str) -> Result<f64, Fault> {
    let mut receiver = Child::start(&["receive", &to.display().to_string()])?;
    let address = receiver.line()?;
    let rate = rate(|| {
        let mut stream = TcpStream::connect(&address)?;
        let (mut source, mut block) = (File::open(source)?, vec![0; CHUNK_BYTES]);
        loop {
            let read = source.read(&mut block)?;
            if read == 0 {
                break;
            }
            stream.write_all(block.get(..read).ok_or("a longer read")?)?;
        }
        stream.shutdown(std::net::Shutdown::Write)?;
        let mut told = String::new();
        stream.read_to_string(&mut told)?;
        check(told == sha256, || format!("the copy hashes to {told}"))
    })?;
    std::fs::remove_file(to)?;
    Ok(rate)
}

fn receive(to: &Path) -> Result<(), Fault> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    children::say(&listener.local_addr()?.to_string())?;
    let (mut stream, _) = listener.accept()?;
    let (mut file, mut hash) = (File::create(to)?, Context::new(&SHA256));
    let mut block = vec![0; CHUNK_BYTES];
    loop {
        let read = stream.read(&mut block)?;
        if read == 0 {
            break;
        }
        let bytes = block.get(..read).ok_or("a longer read")?;
        hash.update(bytes);
        file.write_all(bytes)?;
    }
    file.sync_all()?;
    stream.write_all(data_encoding::HEXLOWER.encode(hash.finish().as_ref()).as_bytes())?;
    Ok(())
}

fn runtime() -> Result<tokio::runtime::Runtime, Fault> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

fn options(token: &str) -> ConnectOptions {
    ConnectOptions {
        kind: ClientKind::Client,
        login: Some(Login::Resume(token.to_owned())),
        call_timeout: Duration::from_secs(60),
        ..ConnectOptions::default()
    }
}

fn upload(address: SocketAddr, token: &str, source: &Path, sha256: &str) -> Result<f64, Fault> {
    runtime()?.block_on(async {
        let options = options(token);
        let (client, _) = Client::connect(address, options.clone()).await?;
        let mut way = Way::new(client.attach("files", &options).await?);
        let began = Instant::now();
        let mut file = File::open(source)?;
        let (number, digits) = way.put(&mut file, FILE_BYTES).await?;
        let mib = f64::from(u32::try_from(FILE_BYTES >> 20)?);
        let rate = mib / began.elapsed().as_secs_f64();
        check(digits == sha256, || format!("the server has {digits}"))?;
        way.delete(number).await?;
        client.bye().await;
        Ok(rate)
    })
}

/// A client that calls, alone and beside the many.
fn crowded(server: &Server, tokens: &[String]) -> Result<(), Fault> {
    let mut caller = Dialect::Motorpool.connect(server.address, None)?;
    let (mut quiet, mut busy, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    let mut moved = Vec::new();
    for _ in 0..rounds(5) {
        quiet.push(calls(&mut caller, server)?.0);
        let before = server.process.resident_mib()?;
        let address = server.address.to_string();
        let mut orders = vec!["many", &address];
        orders.extend(tokens.iter().map(String::as_str));
        let mut many = Child::start(&orders)?;
        check(many.line()? == "ready", || "the uploads did not begin".to_owned())?;
        let (p99, most) = calls(&mut caller, server)?;
        busy.push(p99);
        memory.push(most - before);
        many.tell("end")?;
        moved.push(many.line()?.parse::<f64>()?);
    }
    println!(
        "  a call's p99 quiet {:.0} us, under {UPLOADS} uploads {:.0} us",
        median(&quiet),
        median(&busy)
    );
    println!(
        "  p99 against quiet {}",
        at_most(median(&busy) / median(&quiet), WAIT_GOAL, "times")
    );
    println!("  they moved {:.0} MiB/s", median(&moved));
    let each = median(&memory) / f64::from(u32::try_from(UPLOADS)?);
    println!("  memory of one upload {}", at_most(each, MIB_EACH, "MiB"));
    Ok(())
}

/// Calls one after the other; gives the 99th percentile of the waiting in us, and the server's memory at its most.
fn calls(caller: &mut TcpStream, server: &Server) -> Result<(f64, f64), Fault> {
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

/// As many uploads at once, each on a connection of its own, one file after the other until it is told to end.
async fn many(address: &str, tokens: &[String]) -> Result<f64, Fault> {
    let mut tasks = tokio::task::JoinSet::new();
    let content: std::sync::Arc<[u8]> = (0..SMALL_BYTES).map(|at| u8::try_from(at % 251).unwrap_or(0)).collect();
    let ended = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let moved = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let mut clients = Vec::new();
    for token in tokens {
        let options = options(token);
        let (client, _) = Client::connect(address, options.clone()).await?;
        for _ in 0..PER_CLIENT {
            let mut way = Way::new(client.attach("files", &options).await?);
            let (content, ended, moved) = (content.clone(), ended.clone(), moved.clone());
            tasks.spawn(async move {
                while !ended.load(std::sync::atomic::Ordering::Relaxed) {
                    let (file, _) = way.put(&mut &content[..], content.len()).await?;
                    way.delete(file).await?;
                    moved.fetch_add(content.len() >> 20, std::sync::atomic::Ordering::Relaxed);
                }
                Ok::<_, Fault>(())
            });
        }
        clients.push(client);
    }
    let began = Instant::now();
    children::say("ready")?;
    tokio::task::spawn_blocking(children::wait).await??;
    ended.store(true, std::sync::atomic::Ordering::Relaxed);
    let mib = f64::from(u32::try_from(moved.load(std::sync::atomic::Ordering::Relaxed))?);
    let rate = mib / began.elapsed().as_secs_f64();
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(rate)
}

fn child(orders: &[String]) -> Result<(), Fault> {
    match orders {
        [kind, to] if kind == "receive" => receive(&PathBuf::from(to)),
        [kind, address, tokens @ ..] if kind == "many" => {
            let rate = runtime()?.block_on(many(address, tokens))?;
            children::say(&rate.to_string())
        }
        _ => Err("wanted receive or many".into()),
    }
}
