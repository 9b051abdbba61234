//! Programs that the configuration names: run within bounds, never through a shell, ended with all they started.
//!
//! Owns a run from its start to the last of its processes. What it is given and what it said is `rules`' to decide.

mod launch;
pub(crate) mod rules;

use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

pub(crate) use launch::{Launcher, become_program};

use crate::config::Bounds;
use crate::error::Error;
use crate::runtime::Gate;
use crate::wire::ErrorCode;

/// What is kept of standard error; the rest is read and let go.
const COMPLAINT_BYTES_MAX: u64 = 4_096;

/// One program with its bounds.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    name: Arc<str>,
    bounds: Bounds,
    launcher: Launcher,
    folder: PathBuf,
    gate: Gate,
}

/// What one run is given.
#[derive(Debug, Default)]
pub(crate) struct Given {
    /// Behind the fixed arguments.
    pub(crate) arguments: Vec<String>,
    /// On standard input.
    pub(crate) input: Vec<u8>,
    /// Besides `PATH` and `LANG`.
    pub(crate) variables: Vec<(&'static str, String)>,
}

/// Ends every process of a run, whatever becomes of the run.
struct Group(Pid);

impl Drop for Group {
    fn drop(&mut self) {
        // None of them is left in most cases. A number is given to another group only after all others were used.
        let _ = kill_process_group(self.0, Signal::KILL);
    }
}

impl Program {
    pub(crate) fn new(name: &str, bounds: Bounds, launcher: Launcher, folder: PathBuf) -> Self {
        let gate = Gate::new("programs", bounds.concurrent_max, 0);
        Self {
            name: Arc::from(name),
            bounds,
            launcher,
            folder,
            gate,
        }
    }

    /// Runs it once and gives what it wrote to standard output. Dropping this ends it.
    pub(crate) async fn run(&self, given: Given) -> Result<Vec<u8>, Error> {
        let Ok(_pass) = self.gate.enter(Duration::ZERO).await else {
            let most = self.bounds.concurrent_max;
            let message = format!("{} runs {most} times already, which is the most", self.name);
            return Err(Error::new(ErrorCode::Busy, message));
        };
        let (mut child, group) = self.start(&given)?;
        let within = Duration::from_millis(self.bounds.timeout_ms);
        let ended = tokio::time::timeout(within, self.course(&mut child, group, given.input)).await;
        let (status, output, complaint) = ended.map_err(|_| {
            let message = format!("{} did not end within {} ms", self.name, within.as_millis());
            Error::new(ErrorCode::Timeout, message)
        })??;
        self.judge(status, &complaint)?;
        Ok(output)
    }

    fn start(&self, given: &Given) -> Result<(Child, Group), Error> {
        let cannot = |why: std::io::Error| {
            tracing::error!(program = %self.name, error.cause = %why, "a program cannot be started");
            Error::new(
                ErrorCode::Unavailable,
                format!("{}: its program cannot be started", self.name),
            )
        };
        let mut command: Command = self.launcher.command(&self.bounds).into();
        command.args(&given.arguments);
        command.env_clear().envs(self.launcher.variable());
        for name in ["PATH", "LANG"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.envs(
            given
                .variables
                .iter()
                .map(|(name, value)| (name, value.replace('\0', ""))),
        );
        command.current_dir(&self.folder);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.process_group(0).kill_on_drop(true);
        let child = command.spawn().map_err(cannot)?;
        let pid = child
            .id()
            .and_then(|pid| i32::try_from(pid).ok())
            .and_then(Pid::from_raw);
        let group = Group(pid.ok_or_else(|| cannot(std::io::Error::other("it has no number")))?);
        self.launcher.bound(group.0, &self.bounds).map_err(cannot)?;
        Ok((child, group))
    }

    /// Feeds it, reads it, waits for it; with its end, its whole group ends.
    async fn course(
        &self,
        child: &mut Child,
        group: Group,
        input: Vec<u8>,
    ) -> Result<(ExitStatus, Vec<u8>, Vec<u8>), Error> {
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let feed = async {
            if let Some(mut stdin) = stdin {
                // A program need not read what it is given.
                drop(stdin.write_all(&input).await);
            }
            Ok(())
        };
        let end = async {
            let status = child.wait().await.map_err(|err| self.lost(&err));
            drop(group);
            status
        };
        let output = self.read(stdout);
        let complaint = complaint(stderr);
        let ((), output, complaint, status) = tokio::try_join!(feed, output, complaint, end)?;
        Ok((status, output, complaint))
    }

    /// Everything it says, up to the bound; one byte more is the end of it.
    async fn read(&self, stdout: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, Error> {
        let max = self.bounds.output_bytes;
        let mut output = Vec::new();
        if let Some(stdout) = stdout {
            let one_more = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
            let read = stdout.take(one_more).read_to_end(&mut output).await;
            read.map_err(|err| self.lost(&err))?;
        }
        if output.len() > max {
            let message = format!("{} wrote more than {max} bytes", self.name);
            return Err(Error::new(ErrorCode::TooLarge, message));
        }
        Ok(output)
    }

    fn lost(&self, err: &std::io::Error) -> Error {
        let message = format!("{}: its program was lost", self.name);
        Error::new(ErrorCode::Internal, message).cause(err.to_string())
    }

    fn judge(&self, status: ExitStatus, complaint: &[u8]) -> Result<(), Error> {
        use std::os::unix::process::ExitStatusExt;
        if status.success() {
            return Ok(());
        }
        let how = match (status.code(), status.signal()) {
            (Some(code), _) => format!("ended with exit code {code}"),
            (None, Some(signal)) => format!("was ended by signal {signal}"),
            (None, None) => "ended otherwise than by itself".to_owned(),
        };
        let said = rules::first_line(complaint);
        tracing::warn!(program = %self.name, %status, said, "a program failed");
        let said = if said.is_empty() { said } else { format!(": {said}") };
        Err(Error::new(ErrorCode::Unavailable, format!("{} {how}{said}", self.name)))
    }
}

async fn complaint(stderr: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, Error> {
    let mut kept = Vec::new();
    if let Some(mut stderr) = stderr {
        // What cannot be read was not said.
        drop((&mut stderr).take(COMPLAINT_BYTES_MAX).read_to_end(&mut kept).await);
        drop(tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await);
    }
    Ok(kept)
}
