//! What the log says and in which form: a level, pretty for people or JSON for programs.
//!
//! `crate::cli` sets the log up from it. Environment: `MOTORPOOL_LOG__LEVEL`, `MOTORPOOL_LOG__FORMAT`.

use std::fmt;

use serde::Deserialize;

/// The section `log`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// The least important lines that are written: `info` unless set.
    pub level: LogLevel,
    /// `pretty` lines for people unless set, or `json`.
    pub format: LogFormat,
}

/// How much the log says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// Only what failed.
    Error,
    /// And what is wrong but was handled.
    Warn,
    /// And what an operator wants to know.
    #[default]
    Info,
    /// And every step of a session.
    Debug,
    /// Everything.
    Trace,
}

/// The form of a line of the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One readable line.
    #[default]
    Pretty,
    /// One JSON object a line.
    Json,
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        })
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pretty => "pretty",
            Self::Json => "json",
        })
    }
}
