//! `motorpool file get|take`: fetches a file, going on with what came before a cut; nothing is written over.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use tokio::fs::OpenOptions;

use super::{PAUSE_FIRST, TRIES, bar, connect, may_pass, options};
use crate::cli::Failure;
use crate::cli::remote::{Remote, runtime};
use crate::cli::tool::say;
use crate::client::files::{Stored, Wanted};
use crate::client::{ClientError, ConnectOptions, named};
use crate::file::rules::names::shown;
use crate::wire::Value;

/// Flags of `motorpool file get`.
#[derive(Debug, Args)]
pub(crate) struct Get {
    #[command(flatten)]
    remote: Remote,
    /// The number of the file.
    #[arg(value_name = "FILE")]
    file: i64,
    /// Where to, instead of its name in this folder.
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
}

/// Flags of `motorpool file take`.
#[derive(Debug, Args)]
pub(crate) struct Take {
    #[command(flatten)]
    remote: Remote,
    /// The number of the offer.
    #[arg(value_name = "OFFER")]
    offer: i64,
    /// Where to, instead of its name in this folder.
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Say that you do not want it.
    #[arg(long)]
    refuse: bool,
}

impl Get {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let options = options(&self.remote)?;
        let wanted = Wanted::File(self.file);
        runtime()?.block_on(fetch(&self.remote, &options, wanted, self.out.as_deref()))
    }
}

impl Take {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let options = options(&self.remote)?;
        runtime()?.block_on(async {
            if self.refuse {
                return self.decide(&options, "s.refusefile").await;
            }
            fetch(&self.remote, &options, Wanted::Offer(self.offer), self.out.as_deref()).await?;
            self.decide(&options, "s.takenfile").await
        })
    }

    async fn decide(&self, options: &ConnectOptions, command: &str) -> Result<(), Failure> {
        let decided = async {
            let (client, _) = connect(&self.remote, options).await?;
            let answer = client.call(command, named([("offer", Value::from(self.offer))])).await;
            client.bye().await;
            answer
        };
        decided.await.map_err(|error| self.remote.failure(&error))?;
        Ok(())
    }
}

/// Fetches it over as many connections as it takes.
async fn fetch(remote: &Remote, options: &ConnectOptions, wanted: Wanted, out: Option<&Path>) -> Result<(), Failure> {
    let number = match wanted {
        Wanted::File(number) => format!("file-{number}"),
        Wanted::Offer(number) => format!("offer-{number}"),
    };
    let folder = out
        .and_then(Path::parent)
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    if let Some(out) = out {
        is_free(out)?;
    }
    let part = folder.join(format!(".motorpool-{number}.part"));
    let mut pause = PAUSE_FIRST;
    let mut tries = 1;
    let stored = loop {
        match try_fetch(remote, options, wanted, &part).await? {
            Ok(stored) => break stored,
            Err(error) if may_pass(&error) && tries < TRIES => {
                tokio::time::sleep(pause).await;
                pause = pause.saturating_mul(2);
                tries += 1;
            }
            Err(error) => {
                // What came is of no use when the other side says no, or when it is not what was wanted.
                if matches!(error, ClientError::Refused(_) | ClientError::Protocol(_)) {
                    drop(fs::remove_file(&part));
                }
                return Err(remote.failure(&error));
            }
        }
    };
    let place = match out {
        Some(out) => out.to_owned(),
        // The name is the server's to say, not the place.
        None => folder.join(shown(&stored.name).unwrap_or(number)),
    };
    is_free(&place)?;
    fs::rename(&part, &place).map_err(|err| Failure::failed(format!("cannot write {}: {err}", place.display())))?;
    say(format!("{} {} bytes {}", place.display(), stored.size, stored.sha256))
}

fn is_free(place: &Path) -> Result<(), Failure> {
    if place.exists() {
        let shown = place.display();
        return Err(Failure::failed(format!(
            "{shown} is there already and is not written over; say --out"
        )));
    }
    Ok(())
}

async fn try_fetch(
    remote: &Remote,
    options: &ConnectOptions,
    wanted: Wanted,
    part: &Path,
) -> Result<Result<Stored, ClientError>, Failure> {
    let unwritable = |err: std::io::Error| Failure::failed(format!("cannot write {}: {err}", part.display()));
    let (client, mut files) = match connect(remote, options).await {
        Ok(way) => way,
        Err(error) => return Ok(Err(error)),
    };
    let mut open = OpenOptions::new();
    let mut into = open.create(true).append(true).open(part).await.map_err(unwritable)?;
    let mut before = OpenOptions::new().read(true).open(part).await.map_err(unwritable)?;
    let offset = into.metadata().await.map_err(unwritable)?.len();
    let bar = bar::bar("", 0);
    let outcome = files
        .get(wanted, &mut before, offset, &mut into, |stored, held| {
            if bar.length() != Some(stored.size) {
                bar.set_length(stored.size);
                bar.set_message(stored.name.clone());
            }
            bar.set_position(held);
        })
        .await;
    bar.finish_and_clear();
    if outcome.is_ok() {
        into.sync_all().await.map_err(unwritable)?;
    }
    client.bye().await;
    Ok(outcome)
}
