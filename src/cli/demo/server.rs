//! The server of the demo: this same program as a child, ended by its own number and never by name.
//!
//! It hears nothing of the configuration of this terminal: a database named there is somebody's real one.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use tokio::time::{Instant, sleep};

use crate::cli::Failure;

/// What every variable of a configuration begins with.
const VARIABLE_PREFIX: &str = "MOTORPOOL_";
/// Longest wait until it listens.
const READY_MAX: Duration = Duration::from_secs(20);
/// Longest wait until it has drained; it promises five seconds.
const STOP_MAX: Duration = Duration::from_secs(8);
/// How often a file or a process is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(30);
/// Most of the log that an error repeats, in bytes.
const LOG_TOLD_BYTES_MAX: u64 = 600;

/// Where it listens, as the ready file says.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Doors {
    pub(super) serversock: String,
    pub(super) http: String,
}

/// The data folder inside the folder of a demo.
pub(super) fn data_of(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// A running child.
pub(super) struct Server {
    child: Child,
    ready_file: PathBuf,
    log: PathBuf,
}

impl Server {
    /// Starts it on free ports of this machine.
    pub(super) fn start(folder: &Path) -> Result<Self, Failure> {
        let cannot = |error: std::io::Error| Failure::failed(format!("cannot start the server: {error}"));
        let (ready_file, log) = (folder.join("ready.json"), folder.join("server.log"));
        let mut command = Command::new(std::env::current_exe().map_err(cannot)?);
        command
            .arg("serve")
            .arg("--data")
            .arg(data_of(folder))
            .args(["--http", "127.0.0.1:0", "--log-level", "warn", "--ready-file"])
            .arg(&ready_file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).map_err(cannot)?)
            // Ctrl-C at the terminal is for us: the cars and riders say good-bye first.
            .process_group(0);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with(VARIABLE_PREFIX) {
                command.env_remove(name);
            }
        }
        let child = command.spawn().map_err(cannot)?;
        Ok(Self { child, ready_file, log })
    }

    /// Waits until it listens.
    pub(super) async fn ready(&mut self) -> Result<Doors, Failure> {
        let until = Instant::now() + READY_MAX;
        loop {
            if let Ok(text) = std::fs::read(&self.ready_file) {
                return serde_json::from_slice(&text)
                    .map_err(|error| Failure::failed(format!("the ready file cannot be read: {error}")));
            }
            self.must_live()?;
            if Instant::now() > until {
                return Err(Failure::failed("the server did not listen in time"));
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Fails when it has ended by itself.
    pub(super) fn must_live(&mut self) -> Result<(), Failure> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(Failure::failed(format!(
                "the server ended ({status}): {}",
                self.last_words()
            ))),
            Err(error) => Err(Failure::failed(format!("the server cannot be looked after: {error}"))),
        }
    }

    /// Ends it in order; by force when it does not listen.
    pub(super) async fn stop(mut self) -> Result<(), Failure> {
        let cannot = |error: std::io::Error| Failure::failed(format!("cannot end the server: {error}"));
        let until = Instant::now() + STOP_MAX;
        if self.child.try_wait().map_err(cannot)?.is_none() {
            self.signal(Signal::TERM).map_err(cannot)?;
        }
        while self.child.try_wait().map_err(cannot)?.is_none() {
            if Instant::now() > until {
                return Err(Failure::failed("the server did not end in time and was killed"));
            }
            sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    fn signal(&self, signal: Signal) -> std::io::Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        pid.map_or(Ok(()), |pid| kill_process(pid, signal).map_err(Into::into))
    }

    fn last_words(&self) -> String {
        let mut words = String::new();
        let read = File::open(&self.log).and_then(|log| log.take(LOG_TOLD_BYTES_MAX).read_to_string(&mut words));
        if read.is_err() || words.trim().is_empty() {
            return "it left no word".to_owned();
        }
        words
    }
}

/// Nothing is left behind, however the demo ends.
impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}
