//! The server as a value of another program: what it is made of, and the handle on one that runs.
//!
//! Wrong declarations are found when it is built, before anything is opened.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc::{self, SyncSender, sync_channel};
use std::thread::JoinHandle;

use tokio::sync::watch;

use super::again::Kept;
use super::{Addresses, ServerError};
use crate::config::{Config, ConfigError, Overrides};
use crate::extend::{Command, DefinitionError, Definitions, Receiver, Requestable, Service, Source};
use crate::house::Course;
use crate::program::Launcher;
use crate::runtime::Log;

/// A server with commands and requestables of your own.
///
/// It serves like the program `motorpool serve`: same doors, same protocol, same store.
///
/// ```no_run
/// use motorpool::{Config, Requestable, Server};
///
/// let server = Server::builder()
///     .config(Config::default())
///     .requestable(Requestable::new("ANSWER").about("The answer to everything.").value(42))
///     .build()?;
/// server.run()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Server {
    plan: Plan,
}

/// What a server is started with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    pub(crate) config: Config,
    pub(crate) definitions: Definitions,
    pub(crate) log: Log,
    /// How programs of the configuration get their bounds.
    pub(crate) launcher: Launcher,
    /// Where the configuration is read from again.
    pub(crate) source: Option<Source>,
    /// Who is told that everything listens, in place of standard output and signals.
    pub(crate) embedded: Option<Embedded>,
    /// Where a server that restarted was before.
    pub(crate) kept: Kept,
}

/// Collects what a server is made of; from [`Server::builder`].
#[derive(Debug, Clone, Default)]
#[must_use = "nothing is built until `build`"]
pub struct ServerBuilder {
    plan: Plan,
}

impl ServerBuilder {
    /// How it is configured: `Config::default()` with the parts you change, or `Config::load`.
    pub fn config(mut self, config: Config) -> Self {
        self.plan.config = config;
        self
    }

    /// Configured by a file, which `s.reload()` reads again. Variables of the environment are not looked at.
    ///
    /// # Errors
    /// What is wrong with the file: where, what was got and what is wanted.
    pub fn config_file(mut self, file: impl Into<PathBuf>) -> Result<Self, ConfigError> {
        let file = file.into();
        let read = move || Config::load(Some(&file), [], &Overrides::default());
        self.plan.config = read()?;
        self.plan.source = Some(Source::new(read));
        Ok(self)
    }

    /// What the commands about the log show. Give its [`layer`](crate::runtime::Log::layer) to the subscriber of your
    /// program; without one they show nothing.
    pub fn log(mut self, log: Log) -> Self {
        self.plan.log = log;
        self
    }

    /// Adds a command.
    pub fn command(mut self, command: Command) -> Self {
        self.plan.definitions.commands.push(command);
        self
    }

    /// Adds a requestable.
    pub fn requestable(mut self, requestable: Requestable) -> Self {
        self.plan.definitions.requestables.push(requestable);
        self
    }

    /// Adds a repeating service.
    pub fn service(mut self, service: Service) -> Self {
        self.plan.definitions.services.push(service);
        self
    }

    /// Adds a receiver, for datasocks that name it.
    pub fn receiver(mut self, receiver: Receiver) -> Self {
        self.plan.definitions.receivers.push(receiver);
        self
    }

    /// Checks everything that was added.
    ///
    /// # Errors
    /// The first declaration that cannot be: a name that is taken or cannot be called, parameters that do not fit
    /// together, a group that cannot be. Groups of the store are looked up at the start.
    pub fn build(self) -> Result<Server, DefinitionError> {
        self.plan.definitions.check()?;
        Ok(Server { plan: self.plan })
    }
}

impl Server {
    /// A server with nothing of its own yet.
    pub fn builder() -> ServerBuilder {
        ServerBuilder::default()
    }

    /// Serves until SIGTERM, SIGINT or `s.shutdown()`, as `motorpool serve` does; says on standard output where.
    ///
    /// # Errors
    /// One line naming what is in the way: a folder, a lock, a database, a port, a group, a service that was given up.
    pub fn run(self) -> Result<(), ServerError> {
        super::run_plan(self.plan)
    }

    /// Serves on threads of its own, and comes back when everything listens. It takes no signals and says nothing on
    /// standard output.
    ///
    /// # Errors
    /// As [`run`](Self::run), as far as it is known at the start.
    pub fn start(self) -> Result<Running, ServerError> {
        let (tell, told) = sync_channel(1);
        let thread = std::thread::Builder::new().name("motorpool-server".to_owned());
        let mut plan = self.plan;
        plan.embedded = Some(Embedded { tell });
        let thread = thread.spawn(move || super::run_plan(plan)).map_err(ServerError::new)?;
        Running::when_up(thread, &told)
    }
}

/// Whoever started it waits for this.
#[derive(Debug, Clone)]
pub(crate) struct Embedded {
    tell: SyncSender<Up>,
}

/// What is known once everything listens.
#[derive(Debug)]
struct Up {
    addresses: Addresses,
    admin_key: Option<String>,
    stop: watch::Sender<Course>,
}

impl Embedded {
    /// Everything listens. Nobody to hear it is no reason not to serve.
    pub(super) fn up(&self, addresses: Addresses, admin_key: Option<&str>, stop: watch::Sender<Course>) {
        let admin_key = admin_key.map(str::to_owned);
        drop(self.tell.try_send(Up {
            addresses,
            admin_key,
            stop,
        }));
    }
}

/// A server that runs in this process. Dropping it stops it and waits for its end.
#[must_use = "dropping it stops the server"]
pub struct Running {
    up: Up,
    thread: Option<JoinHandle<Result<(), ServerError>>>,
}

impl Running {
    fn when_up(thread: JoinHandle<Result<(), ServerError>>, told: &mpsc::Receiver<Up>) -> Result<Self, ServerError> {
        match told.recv() {
            Ok(up) => Ok(Self {
                up,
                thread: Some(thread),
            }),
            Err(_) => match ended(thread) {
                Ok(()) => Err(ServerError("the server ended before it listened".to_owned())),
                Err(err) => Err(err),
            },
        }
    }

    /// Where clients say hello.
    #[must_use]
    pub fn serversock(&self) -> SocketAddr {
        self.up.addresses.serversock
    }

    /// Where background data goes.
    #[must_use]
    pub fn maindata(&self) -> SocketAddr {
        self.up.addresses.maindata
    }

    /// Where metrics, health and HTTP commands are.
    #[must_use]
    pub fn http(&self) -> SocketAddr {
        self.up.addresses.http
    }

    /// The admin key, at the first run of its data folder; kept only as a hash after that.
    #[must_use]
    pub fn admin_key(&self) -> Option<&str> {
        self.up.admin_key.as_deref()
    }

    /// Asks it to end; running changes end first, everybody is told.
    pub fn stop(&self) {
        self.up.stop.send_replace(Course::End);
    }

    /// Waits until it ends, by [`stop`](Self::stop), `s.shutdown()` or a failure.
    ///
    /// # Errors
    /// What ended it, if nobody asked for it.
    pub fn join(mut self) -> Result<(), ServerError> {
        self.thread.take().map_or(Ok(()), ended)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            self.stop();
            if let Err(err) = ended(thread) {
                tracing::warn!(%err, "a server of this process did not end well");
            }
        }
    }
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running")
            .field("serversock", &self.serversock())
            .finish_non_exhaustive()
    }
}

fn ended(thread: JoinHandle<Result<(), ServerError>>) -> Result<(), ServerError> {
    thread
        .join()
        .unwrap_or_else(|_| Err(ServerError("the thread of the server panicked".to_owned())))
}
