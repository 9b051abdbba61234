//! `motorpool serve`: runs the server until it is told to stop.
//!
//! Only flags, log and the limit of open files; what is started, and in which order, is in
//! `crate::server`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::flags::ConfigFlags;
use super::{Failure, logging};
use crate::config::Overrides;
use crate::extend::Source;
use crate::program::Launcher;
use crate::server::Plan;

/// How long a slow disk may hold up the end of the process.
const LOG_CLOSE_MAX: Duration = Duration::from_millis(500);

/// Flags of `motorpool serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    config: ConfigFlags,
    /// Address of server sockets [default: 127.0.0.1:4000 or the next free port above].
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Address of the maindata datasock [default: 127.0.0.1:3999 or the next free port below].
    #[arg(long, value_name = "ADDR")]
    data_listen: Option<SocketAddr>,
    /// Address of metrics, health and HTTP commands [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDR")]
    http: Option<SocketAddr>,
    /// File written once everything listens.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
}

impl Serve {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let overrides = Overrides {
            listen: self.listen,
            data_listen: self.data_listen,
            http: self.http,
            ready_file: self.ready_file,
            ..self.config.overrides()
        };
        let config = self.config.load(&overrides)?;
        let log = logging::start(&config.log)?;
        raise_open_file_limit();
        let flags = self.config;
        let plan = Plan {
            config,
            log: log.clone(),
            launcher: Launcher::of_this_program(),
            source: Some(Source::new(move || flags.load(&overrides))),
            ..Plan::default()
        };
        let ended = crate::server::run_plan(plan);
        log.close(LOG_CLOSE_MAX);
        ended.map_err(Failure::failed)
    }
}

/// A socket is a file: shells start with 1,024 allowed, and every process may ask for more.
fn raise_open_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(error.cause = %error, limit.open_files = ?limit.current, "cannot raise the limit of open files");
    }
}
