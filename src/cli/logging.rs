//! Sets the log up: to standard error, pretty or JSON, filtered by level.
//!
//! Lines of other crates appear from `warn` on, so that `debug` shows our steps and not theirs.
//! Standard output belongs to the results of subcommands.

use std::io::IsTerminal as _;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use super::Failure;
use crate::config::{LogConfig, LogFormat, LogLevel};

/// Starts the log of this process; once.
pub(crate) fn start(config: &LogConfig) -> Result<(), Failure> {
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match config.format {
        LogFormat::Pretty => lines
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
            .boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry()
        .with(lines.with_filter(filter(config.level)))
        .try_init()
        .map_err(|error| Failure::failed(format!("cannot start the log: {error}")))
}

fn filter(level: LogLevel) -> Targets {
    let ours = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    Targets::new()
        .with_default(ours.min(LevelFilter::WARN))
        .with_target(env!("CARGO_CRATE_NAME"), ours)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn our_lines_follow_the_level_and_others_only_warn() {
        let debug = filter(LogLevel::Debug);
        assert!(debug.would_enable("motorpool::session", &Level::DEBUG));
        assert!(!debug.would_enable("motorpool::session", &Level::TRACE));
        assert!(!debug.would_enable("hyper::proto", &Level::INFO));
        assert!(debug.would_enable("hyper::proto", &Level::WARN));
        assert!(!filter(LogLevel::Error).would_enable("hyper::proto", &Level::WARN));
    }
}
