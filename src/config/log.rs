//! What the log says, in which form, where it is written and how much of it is kept.
//!
//! `crate::cli` sets the log up from it. Environment: `MOTORPOOL_LOG__` and the key in upper case.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tracing::level_filters::LevelFilter;

use super::bound::bounded;
use crate::runtime::log::{FileOptions, Form, RingLimits};

bounded! {
    /// The section `log`.
    LogConfig {
        /// Events kept in memory for `s.log`, `s.errortrace` and `s.storelog`; the oldest are let go.
        ring_entries: usize = 10_000, 16, 200_000;
        /// Bytes of memory for them; the oldest are let go.
        ring_bytes: usize = 8_388_608, 65_536, 268_435_456;
        /// Bytes at which the log file is rotated.
        file_bytes_max: u64 = 16_777_216, 65_536, 1_099_511_627_776;
        /// Log files kept, the one being written included.
        files_max: usize = 5, 1, 1_000;
        /// Bytes at which a file of `s.storelog` ends.
        stored_bytes_max: u64 = 67_108_864, 65_536, 1_099_511_627_776;
        besides
        /// The least important lines that are written: `info` unless set.
        level: LogLevel;
        /// `pretty` lines for people unless set, or `json`.
        format: LogFormat;
        /// File that the log is written to beside standard error; none unless set.
        file: Option<PathBuf>;
    }
}

impl LogConfig {
    /// How much is kept in memory.
    #[must_use]
    pub fn ring(&self) -> RingLimits {
        RingLimits {
            entries: self.ring_entries,
            bytes: self.ring_bytes,
        }
    }

    /// The log file, if there is to be one.
    #[must_use]
    pub fn file_options(&self) -> Option<FileOptions> {
        let path = self.file.clone()?;
        Some(FileOptions {
            path,
            bytes_max: self.file_bytes_max,
            files_max: self.files_max,
            form: match self.format {
                LogFormat::Pretty => Form::Pretty,
                LogFormat::Json => Form::Json,
            },
        })
    }
}

/// How much the log says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One readable line.
    #[default]
    Pretty,
    /// One JSON object a line.
    Json,
}

impl From<LogLevel> for LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
            LogLevel::Trace => Self::TRACE,
        }
    }
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
