//! Sets the log of a server up: to standard error, pretty or JSON; to the ring; to a file if one is configured.
//!
//! Lines of other crates appear from `warn` on, so that `debug` shows our steps and not theirs.
//! Standard output belongs to the results of subcommands.

use std::io::IsTerminal as _;

use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use super::Failure;
use crate::config::{LogConfig, LogFormat};
use crate::runtime::log::{Log, filter};

/// Starts the log of this process; once.
pub(crate) fn start(config: &LogConfig) -> Result<Log, Failure> {
    let log = Log::new(config.ring());
    if let Some(options) = config.file_options() {
        let path = options.path.display().to_string();
        log.write_to(options).map_err(|error| {
            Failure::failed(format!(
                "cannot open the log file {path}: {error}; name another with log.file"
            ))
        })?;
    }
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match config.format {
        LogFormat::Pretty => lines
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
            .boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry()
        .with(lines.with_filter(filter(config.level.into())))
        .with(log.layer(config.level.into()))
        .try_init()
        .map_err(|error| Failure::failed(format!("cannot start the log: {error}")))?;
    Ok(log)
}
