//! `motorpool demo`: a whole town within a minute: a server, ten simulated cars, and riders who book them.
//!
//! Everything is real but the cars: shipped files are imported, keys made, a server of our own started,
//! and what happens is told line by line. Ctrl-C ends it; a folder of its own is removed with everything.

mod riders;
mod server;
mod town;
mod units;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tempfile::TempDir;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::Instant;

use self::server::Server;
use self::town::Town;
use super::Failure;
use super::tool::{note, say};

/// How often the server is looked after.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Flags of `motorpool demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Folder to keep everything in; empty or still to be made [default: one that is removed at the end].
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Riders hurry: ten times less walking, driving and waiting.
    #[arg(long)]
    fast: bool,
    /// End by itself after so many seconds.
    #[arg(long, value_name = "COUNT")]
    seconds: Option<u64>,
}

/// Writes a line of the running log: when, who, what.
#[derive(Clone)]
pub(super) struct Teller {
    started: Instant,
}

impl Teller {
    fn tell(&self, who: &str, what: &str) {
        // Whoever closed standard output does not look any more; the end comes by a signal all the same.
        drop(say(format!(
            "{:>6.1} s  {who:<9} {what}",
            self.started.elapsed().as_secs_f32()
        )));
    }
}

impl Demo {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let folder = Folder::of(self.dir.as_deref())?;
        note("motorpool demo: making a town");
        let town = Town::make(folder.path())?;
        let runtime = super::remote::runtime()?;
        let outcome = runtime.block_on(self.play(&folder, town));
        // Nothing of the demo may still write into a folder that is removed.
        runtime.shutdown_timeout(Duration::from_secs(2));
        outcome.and(folder.end())
    }

    async fn play(&self, folder: &Folder, town: Town) -> Result<(), Failure> {
        // From here on a signal ends the demo in order.
        let mut stop = Stop::listen()?;
        let mut server = Server::start(folder.path())?;
        let town = Arc::new(town);
        let outcome = tokio::select! {
            outcome = self.live(folder, &town, &mut server) => outcome,
            () = stop.wanted() => Ok(()),
            () = self.over() => Ok(()),
        };
        note("motorpool demo: ending");
        server.stop().await.and(outcome)
    }

    async fn live(&self, folder: &Folder, town: &Arc<Town>, server: &mut Server) -> Result<(), Failure> {
        let doors = server.ready().await?;
        say(town.greeting(&doors, folder.path()))?;
        let teller = Teller {
            started: Instant::now(),
        };
        let units = units::start(town, &doors.serversock, folder.path(), &teller)?;
        let hurry = if self.fast { 10 } else { 1 };
        let mut riders = JoinSet::new();
        for rider in riders::all(town, &units, &doors.serversock, &teller, hurry) {
            riders.spawn(rider.ride());
        }
        loop {
            server.must_live()?;
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn over(&self) {
        match self.seconds {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None => std::future::pending().await,
        }
    }
}

/// The ways to be told to end.
struct Stop {
    signals: [tokio::signal::unix::Signal; 3],
}

impl Stop {
    fn listen() -> Result<Self, Failure> {
        let listen =
            |kind| signal(kind).map_err(|error| Failure::failed(format!("cannot listen for signals: {error}")));
        Ok(Self {
            signals: [
                listen(SignalKind::interrupt())?,
                listen(SignalKind::terminate())?,
                listen(SignalKind::hangup())?,
            ],
        })
    }

    async fn wanted(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

/// Where the demo lives.
enum Folder {
    /// One that goes with the demo.
    Own(TempDir),
    /// One that was asked for and stays.
    Kept(PathBuf),
}

impl Folder {
    fn of(dir: Option<&Path>) -> Result<Self, Failure> {
        let Some(dir) = dir else {
            let made = tempfile::Builder::new().prefix("motorpool-demo-").tempdir();
            return made
                .map(Self::Own)
                .map_err(|error| Failure::failed(format!("cannot make a folder for the demo: {error}")));
        };
        let shown = dir.display();
        fs::create_dir_all(dir).map_err(|error| Failure::failed(format!("cannot make the folder {shown}: {error}")))?;
        let mut entries =
            fs::read_dir(dir).map_err(|error| Failure::failed(format!("cannot read the folder {shown}: {error}")))?;
        if entries.next().is_some() {
            return Err(Failure::failed(format!(
                "{shown} is not empty; name a new folder with --dir"
            )));
        }
        Ok(Self::Kept(dir.to_owned()))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Own(dir) => dir.path(),
            Self::Kept(dir) => dir,
        }
    }

    fn end(self) -> Result<(), Failure> {
        match self {
            Self::Own(dir) => {
                let shown = dir.path().display().to_string();
                dir.close()
                    .map_err(|error| Failure::failed(format!("cannot remove {shown}: {error}")))
            }
            Self::Kept(dir) => {
                note(format!(
                    "motorpool demo: kept in {}; serve it with --data {}",
                    dir.display(),
                    server::data_of(&dir).display()
                ));
                Ok(())
            }
        }
    }
}
