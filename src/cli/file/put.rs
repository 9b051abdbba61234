//! `motorpool file put ADDR PATHS`: sends files, or those of a folder, once and then as they come.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use data_encoding::HEXLOWER;
use ring::digest::{Context, SHA256};

use super::memory::{Memory, Sent};
use super::queue::{self, Waiting};
use super::{PAUSE_FIRST, TRIES, WhoseFlags, bar, connect, may_pass, options};
use crate::cli::Failure;
use crate::cli::remote::{Remote, runtime};
use crate::cli::tool::{note, say};
use crate::client::files::{Check, NewFile, Stored};
use crate::client::{Client, ClientError, ConnectOptions, Files};
use crate::runtime::clock;

/// How long a file of a folder must have been left alone.
const SETTLE: Duration = Duration::from_secs(1);
/// How often a watched folder is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Bytes read at a time when a file is hashed.
const READ_BYTES: usize = 256 * 1024;

/// Flags of `motorpool file put`.
#[derive(Debug, Args)]
pub(crate) struct Put {
    #[command(flatten)]
    remote: Remote,
    /// Files, or one folder.
    #[arg(value_name = "PATHS", required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    whose: WhoseFlags,
    /// What it is called there, instead of its name here.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Its type, such as text/csv.
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Have the server look whether it is: json, csv or image.
    #[arg(long, value_name = "SHAPE", value_parser = ["json", "csv", "image"])]
    check: Option<String>,
    /// What stands between the columns of a CSV.
    #[arg(long, value_name = "LETTER", requires = "check")]
    delimiter: Option<String>,
    /// How many columns a CSV has.
    #[arg(long, value_name = "COUNT", requires = "check")]
    columns: Option<u64>,
    /// Of a folder, only files with this extension.
    #[arg(long, value_name = "EXTENSION")]
    extension: Option<String>,
    /// Of a folder, the oldest file first instead of by name.
    #[arg(long)]
    oldest_first: bool,
    /// Stay, and send what comes into the folder.
    #[arg(long)]
    watch: bool,
    /// File that remembers what was sent [default: one for each server and user in the state folder].
    #[arg(long, value_name = "FILE")]
    memory: Option<PathBuf>,
}

/// What a run has at hand.
struct Run<'a> {
    put: &'a Put,
    options: ConnectOptions,
    memory: Memory,
    way: Option<(Client, Files)>,
}

impl Put {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let folder = match self.paths.as_slice() {
            [path] if path.is_dir() => Some(path.clone()),
            paths => {
                if let Some(folder) = paths.iter().find(|path| path.is_dir()) {
                    let shown = folder.display();
                    return Err(Failure::usage(format!("{shown} is a folder: one folder, or files")));
                }
                None
            }
        };
        if folder.is_none() && (self.watch || self.oldest_first || self.extension.is_some()) {
            let why = "--watch, --oldest-first and --extension are for a folder";
            return Err(Failure::usage(why));
        }
        if self.name.is_some() && (folder.is_some() || self.paths.len() > 1) {
            return Err(Failure::usage("--name is for one file"));
        }
        let path = match &self.memory {
            Some(path) => Some(path.clone()),
            None => Memory::usual_path(&self.remote.addr, self.remote.user().unwrap_or("key")),
        };
        let memory = match path {
            Some(path) => Memory::load(&path)?,
            None => Memory::default(),
        };
        let options = options(&self.remote)?;
        let mut run = Run {
            put: &self,
            options,
            memory,
            way: None,
        };
        runtime()?.block_on(async {
            let outcome = match folder {
                Some(folder) => run.folder(&folder).await,
                None => run.files().await,
            };
            if let Some((client, _)) = run.way.take() {
                client.bye().await;
            }
            outcome
        })
    }
}

impl Run<'_> {
    /// Every file that was named; the first that fails ends it.
    async fn files(&mut self) -> Result<(), Failure> {
        for path in &self.put.paths {
            let mut waiting = queue::at(path)?;
            if let Some(name) = &self.put.name {
                waiting.name.clone_from(name);
            }
            let sha256 = hash(&waiting.path).await?;
            self.send(&waiting, &sha256).await?;
        }
        Ok(())
    }

    /// What a folder holds that was not sent. What is refused is said and passed over until it changes.
    async fn folder(&mut self, folder: &Path) -> Result<(), Failure> {
        let mut refused: Vec<Waiting> = Vec::new();
        let mut last = None;
        loop {
            let settle = if self.put.watch { SETTLE } else { Duration::ZERO };
            let (extension, oldest) = (self.put.extension.as_deref(), self.put.oldest_first);
            let found = queue::of_folder(folder, extension, oldest, clock::now(), settle)?;
            let mut is_new = false;
            for waiting in found {
                if refused.contains(&waiting)
                    || self
                        .memory
                        .knows_unchanged(&waiting.name, waiting.size, waiting.modified)
                {
                    continue;
                }
                is_new = true;
                let sha256 = hash(&waiting.path).await?;
                if self.memory.knows(&sha256, &waiting.name) {
                    // Touched, not changed: known by its time as well from now on.
                    self.memory.sent(&sha256, &waiting.name, sent(0, &waiting))?;
                    continue;
                }
                if let Err(failure) = self.send(&waiting, &sha256).await {
                    if !failure.is_refusal() {
                        return Err(failure);
                    }
                    note(format!("{}: {}", waiting.path.display(), failure.line()));
                    refused.push(waiting);
                    last = Some(failure);
                }
            }
            if self.put.watch {
                tokio::select! {
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                    _ = tokio::signal::ctrl_c() => return Ok(()),
                }
            } else if !is_new || last.is_some() {
                return last.map_or(Ok(()), |failure| Err(failure.said()));
            }
        }
    }

    /// One file, over as many connections as it takes.
    async fn send(&mut self, waiting: &Waiting, sha256: &str) -> Result<(), Failure> {
        let bar = bar::bar(&waiting.name, waiting.size);
        let mut pause = PAUSE_FIRST;
        let mut tries = 1;
        let stored = loop {
            match self.try_send(waiting, sha256, &bar).await? {
                Ok(stored) => break stored,
                Err(error) if may_pass(&error) && (tries < TRIES || self.put.watch) => {
                    self.way = None;
                    bar.println(format!("{error}; going on in {} ms", pause.as_millis()));
                    tokio::time::sleep(pause).await;
                    pause = pause.saturating_mul(2).min(PAUSE_FIRST.saturating_mul(64));
                    tries += 1;
                }
                Err(error) => {
                    bar.finish_and_clear();
                    if matches!(error, ClientError::Refused(_)) {
                        self.memory.refused(sha256, &waiting.name)?;
                    }
                    return Err(self.put.remote.failure(&error));
                }
            }
        };
        bar.finish_and_clear();
        self.memory.sent(sha256, &waiting.name, sent(stored.file, waiting))?;
        say(format!(
            "{} {} version {} {} bytes {}",
            stored.file, stored.name, stored.version, stored.size, stored.sha256
        ))
    }

    /// Over one connection. A fault of this side is the outer error.
    async fn try_send(
        &mut self,
        waiting: &Waiting,
        sha256: &str,
        bar: &indicatif::ProgressBar,
    ) -> Result<Result<Stored, ClientError>, Failure> {
        let mut way = match self.way.take() {
            Some(way) => way,
            None => match connect(&self.put.remote, &self.options).await {
                Ok(way) => way,
                Err(error) => return Ok(Err(error)),
            },
        };
        let opened = tokio::fs::File::open(&waiting.path).await;
        let mut content =
            opened.map_err(|err| Failure::failed(format!("cannot read {}: {err}", waiting.path.display())))?;
        let file = self.new_file(waiting);
        let upload = self.memory.upload(sha256, &waiting.name).map(str::to_owned);
        let mut fault = None;
        let memory = &mut self.memory;
        let outcome = way
            .1
            .put(&file, upload.as_deref(), &mut content, |upload, held| {
                if let Err(failure) = memory.begun(sha256, &waiting.name, upload) {
                    fault = Some(failure);
                }
                bar.set_position(held);
            })
            .await;
        if let Some(failure) = fault {
            return Err(failure);
        }
        // After a refusal the connection is as good as before.
        if matches!(outcome, Ok(_) | Err(ClientError::Refused(_))) {
            self.way = Some(way);
        }
        Ok(outcome)
    }

    fn new_file(&self, waiting: &Waiting) -> NewFile {
        let put = self.put;
        NewFile {
            name: waiting.name.clone(),
            size: waiting.size,
            user: put.whose.user.clone(),
            car: put.whose.car.clone(),
            booking: put.whose.booking,
            room: put.whose.room.clone(),
            kind: put.kind.clone(),
            check: put.check.clone().map(|is| Check {
                is,
                delimiter: put.delimiter.clone(),
                columns: put.columns,
            }),
        }
    }
}

fn sent(file: i64, waiting: &Waiting) -> Sent {
    Sent {
        file,
        size: waiting.size,
        modified: waiting.modified,
    }
}

/// The SHA-256 of a file, beside the runtime.
async fn hash(path: &Path) -> Result<String, Failure> {
    let path = path.to_owned();
    let hashed = tokio::task::spawn_blocking(move || {
        use std::io::Read as _;
        let mut file = std::fs::File::open(&path)?;
        let mut hash = Context::new(&SHA256);
        let mut buffer = vec![0; READ_BYTES];
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                return Ok::<_, std::io::Error>(HEXLOWER.encode(hash.finish().as_ref()));
            }
            hash.update(buffer.get(..read).unwrap_or_default());
        }
    });
    match hashed.await {
        Ok(Ok(digits)) => Ok(digits),
        Ok(Err(err)) => Err(Failure::failed(format!("cannot read a file: {err}"))),
        Err(err) => Err(Failure::failed(err)),
    }
}
