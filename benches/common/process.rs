//! The programs that are measured: the real server, and Redis and NATS beside it.
//!
//! Each runs in a folder and on ports of its own and ends with the bench, whatever happens.

use std::fs::{self, File};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{Fault, check};

const START_MAX: Duration = Duration::from_secs(20);
const STOP_MAX: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_micros(200);
/// The unit of processor times in `/proc`.
const TICKS_PER_SECOND: f64 = 100.0;

/// A folder on a real disk: `/tmp` may be memory, and a commit there costs nothing.
pub(crate) fn folder() -> Result<TempDir, Fault> {
    Ok(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?)
}

/// A running child that is killed when dropped.
pub(crate) struct Process(Child);

impl Process {
    /// Processor seconds it has used so far.
    pub(crate) fn processor_seconds(&self) -> Result<f64, Fault> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        let (_, fields) = stat.rsplit_once(')').ok_or("no name in stat")?;
        let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
        Ok(ticks.sum::<Result<f64, _>>()? / TICKS_PER_SECOND)
    }

    /// Resident memory in MiB.
    pub(crate) fn resident_mib(&self) -> Result<f64, Fault> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: f64 = line
            .and_then(|line| line.split_whitespace().next())
            .ok_or("no VmRSS")?
            .parse()?;
        Ok(kib / 1024.0)
    }

    /// Ends it in order.
    pub(crate) fn stop(mut self) -> Result<(), Fault> {
        let pid = Pid::from_child(&self.0);
        kill_process(pid, Signal::TERM)?;
        let asked_at = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait()? {
                // NATS ends with 1 when it is told to end.
                let is_orderly = matches!(status.code(), Some(0 | 1));
                return check(is_orderly, || format!("ended with {status}"));
            }
            check(asked_at.elapsed() < STOP_MAX, || "did not end in time".to_owned())?;
            std::thread::park_timeout(LOOK_EVERY);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A motorpool server and where it listens.
pub(crate) struct Server {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts the server of this build on the data in `folder` and waits until it listens.
    pub(crate) fn start(folder: &Path, settings: &[(&str, &str)]) -> Result<Self, Fault> {
        let address = free_address()?;
        let mut process = Self::spawn(folder, address, settings)?;
        wait_for(&mut process, address, &folder.join("log"))?;
        Ok(Self { process, address })
    }

    /// Starts the server and gives the address of its HTTP side.
    pub(crate) fn start_http(folder: &Path) -> Result<Self, Fault> {
        let (address, http) = (free_address()?, free_address()?);
        let child = Command::new(env!("CARGO_BIN_EXE_motorpool"))
            .args([
                "serve",
                "--data-listen",
                "127.0.0.1:0",
                "--listen",
                &address.to_string(),
            ])
            .args(["--http", &http.to_string()])
            .arg("--data")
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(folder.join("log"))?)
            .spawn()?;
        let mut process = Process(child);
        wait_for(&mut process, http, &folder.join("log"))?;
        Ok(Self { process, address: http })
    }

    /// Starts the server and does not wait.
    pub(crate) fn spawn(folder: &Path, address: SocketAddr, settings: &[(&str, &str)]) -> Result<Process, Fault> {
        let child = Command::new(env!("CARGO_BIN_EXE_motorpool"))
            .args(["serve", "--data-listen", "127.0.0.1:0", "--http", "127.0.0.1:0"])
            .args(["--listen", &address.to_string()])
            .arg("--data")
            .arg(folder)
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(folder.join("log"))?)
            .spawn()?;
        Ok(Process(child))
    }
}

/// Starts Redis without persistence, as it is fastest.
pub(crate) fn redis(folder: &Path) -> Result<Server, Fault> {
    let address = free_address()?;
    let child = Command::new(tool("redis-server"))
        .args(["--bind", "127.0.0.1", "--port", &address.port().to_string()])
        .args(["--save", "", "--appendonly", "no", "--dir"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(File::create(folder.join("log"))?)
        .stderr(Stdio::null())
        .spawn()
        .map_err(|err| format!("redis-server does not start ({err}); run scripts/setup.sh bench"))?;
    let mut process = Process(child);
    wait_for(&mut process, address, &folder.join("log"))?;
    Ok(Server { process, address })
}

/// Starts NATS as it comes.
pub(crate) fn nats(folder: &Path) -> Result<Server, Fault> {
    let address = free_address()?;
    let child = Command::new(tool("nats-server"))
        .args(["--addr", "127.0.0.1", "--port", &address.port().to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(folder.join("log"))?)
        .spawn()
        .map_err(|err| format!("nats-server does not start ({err}); run scripts/setup.sh bench"))?;
    let mut process = Process(child);
    wait_for(&mut process, address, &folder.join("log"))?;
    Ok(Server { process, address })
}

/// Starts a server in JavaScript, which is told its port.
pub(crate) fn node(script: &Path, folder: &Path) -> Result<Server, Fault> {
    let address = free_address()?;
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/npm/clients/node_modules");
    let child = Command::new("node")
        .arg(script)
        .arg(address.port().to_string())
        .env("NODE_PATH", modules)
        .env("NODE_ENV", "production")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(folder.join("log"))?)
        .spawn()
        .map_err(|err| format!("node does not start ({err}); run scripts/setup.sh bench"))?;
    let mut process = Process(child);
    wait_for(&mut process, address, &folder.join("log"))?;
    Ok(Server { process, address })
}

/// A program that `scripts/setup.sh bench` made ready, or the system's.
fn tool(name: &str) -> PathBuf {
    let unpacked = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target/tools/bin")
        .join(name);
    if unpacked.exists() {
        unpacked
    } else {
        PathBuf::from(name)
    }
}

/// An address that was free a moment ago.
pub(crate) fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

/// Waits until it accepts.
pub(crate) fn wait_for(process: &mut Process, address: SocketAddr, log: &Path) -> Result<(), Fault> {
    let started_at = Instant::now();
    while TcpStream::connect(address).is_err() {
        if let Some(status) = process.0.try_wait()? {
            let log = fs::read_to_string(log).unwrap_or_default();
            return Err(format!("ended with {status} before it listened: {log}").into());
        }
        check(started_at.elapsed() < START_MAX, || {
            format!("{address} does not listen")
        })?;
        std::thread::park_timeout(LOOK_EVERY);
    }
    Ok(())
}
