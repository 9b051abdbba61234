//! One life of the worker: its process, the pipes to it, and the end of all three.
//!
//! Reading and writing are tasks of their own, so that a worker that takes nothing keeps nobody from hearing what
//! it says. Dropping the life kills the process.

use std::io;
use std::path::Path;
use std::process::Stdio;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use zeroize::Zeroizing;

use super::AnalyserOptions;
use crate::face::worker;
use crate::face::worker::messages::{Asked, FrameBytes, TOLD_BYTES_MAX, Told, frame, item, length};

/// What is kept of standard error; the rest is read and let go.
const COMPLAINT_BYTES_MAX: u64 = 2_048;
/// Variables that the worker has from the server: where programs and libraries are found.
const KEPT_VARIABLES: [&str; 3] = ["PATH", "LANG", "LD_LIBRARY_PATH"];
/// Variables that are set for it: no threads within one encoding, as there is one thread a picture, and no arena of
/// memory for each of them that is never given back.
const OWN_VARIABLES: [(&str, &str); 3] = [
    ("OPENBLAS_NUM_THREADS", "1"),
    ("OMP_NUM_THREADS", "1"),
    ("MALLOC_ARENA_MAX", "2"),
];

/// A running worker.
pub(super) struct Process {
    child: Child,
    /// Frames on their way to it.
    questions: mpsc::Sender<FrameBytes>,
    /// What it says; an error or the end of it is the end of the worker.
    answers: mpsc::Receiver<io::Result<Told>>,
    complaint: mpsc::Receiver<String>,
    /// The tasks at the pipes; they end with this.
    _pipes: JoinSet<()>,
}

impl Process {
    /// Starts one. It says that it is ready when it has loaded its models.
    pub(super) fn start(options: &AnalyserOptions, program: &Path, models: &Path) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.arg(worker::SUBCOMMAND);
        command.args(["--parent", &std::process::id().to_string()]);
        command.args(["--memory", &options.memory_bytes.to_string()]);
        command.args(["--threads", &options.threads.to_string()]);
        command.args(["--pixels", &options.pixels.to_string()]);
        command.args(["--nice", &options.nice.to_string()]);
        command.arg("--models").arg(models);
        command.env_clear();
        for name in KEPT_VARIABLES {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.envs(OWN_VARIABLES);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // A group of its own, so that a Ctrl-C at the terminal is the server's to handle.
        command.process_group(0).kill_on_drop(true);
        let mut child = command.spawn()?;
        let none = || io::Error::other("it has no pipe");
        let stdin = child.stdin.take().ok_or_else(none)?;
        let stdout = child.stdout.take().ok_or_else(none)?;
        let stderr = child.stderr.take().ok_or_else(none)?;
        let (questions, to_write) = mpsc::channel(options.threads);
        let (said, answers) = mpsc::channel(options.threads.saturating_add(1));
        let (complain, complaint) = mpsc::channel(1);
        let mut pipes = JoinSet::new();
        pipes.spawn(write(stdin, to_write));
        pipes.spawn(read(stdout, said));
        pipes.spawn(listen(stderr, complain));
        Ok(Self {
            child,
            questions,
            answers,
            complaint,
            _pipes: pipes,
        })
    }

    pub(super) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Puts a question on its way; false when the worker takes no more.
    pub(super) fn ask(&self, id: u64, picture: &Bytes) -> bool {
        let asked = Asked { id, picture };
        let framed = frame(&asked, picture.len());
        framed.is_ok_and(|framed| self.questions.try_send(framed).is_ok())
    }

    /// The next thing it says; an error when it says no more.
    pub(super) async fn said(&mut self) -> io::Result<Told> {
        let ended = || Err(io::ErrorKind::UnexpectedEof.into());
        self.answers.recv().await.unwrap_or_else(ended)
    }

    /// Kills it and gives what it ended with, for the log.
    pub(super) async fn end(mut self) -> String {
        // It may have ended by itself; then its own end is told, not ours.
        let ended = match self.child.try_wait() {
            Ok(Some(status)) => status.to_string(),
            _ => match self.child.kill().await {
                Ok(()) => "killed".to_owned(),
                Err(err) => err.to_string(),
            },
        };
        let said = self.complaint.try_recv().unwrap_or_default();
        if said.is_empty() {
            ended
        } else {
            format!("{ended}: {said}")
        }
    }
}

/// Writes frames until the pipe is closed; one that is never taken is the deadline's to notice.
async fn write(mut pipe: impl AsyncWrite + Unpin, mut frames: mpsc::Receiver<FrameBytes>) {
    while let Some(frame) = frames.recv().await {
        if pipe.write_all(&frame).await.is_err() {
            return;
        }
    }
}

async fn read(mut pipe: impl AsyncRead + Unpin, said: mpsc::Sender<io::Result<Told>>) {
    loop {
        let told = next(&mut pipe).await;
        let is_last = told.is_err();
        if said.send(told).await.is_err() || is_last {
            return;
        }
    }
}

async fn next(pipe: &mut (impl AsyncRead + Unpin)) -> io::Result<Told> {
    let mut head = [0; 4];
    pipe.read_exact(&mut head).await?;
    let mut bytes = Zeroizing::new(vec![0; length(head, TOLD_BYTES_MAX)?]);
    pipe.read_exact(&mut bytes).await?;
    item(&bytes)
}

/// What it says on standard error, which is the C++ library's last word before it ends the process.
async fn listen(mut pipe: impl AsyncRead + Unpin, complain: mpsc::Sender<String>) {
    let mut kept = Vec::new();
    // What cannot be read was not said.
    drop((&mut pipe).take(COMPLAINT_BYTES_MAX).read_to_end(&mut kept).await);
    let text = String::from_utf8_lossy(&kept);
    let line = text.lines().next().unwrap_or_default().trim().to_owned();
    drop(complain.send(line).await);
    drop(tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await);
}
