//! Figures of calls and requests: handles made once for each command and each requestable.
//!
//! Outcomes are words of the error codes; what a peer wrote is never a label.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ::metrics::{Counter, Histogram, counter, histogram};
use schemars::JsonSchema;
use serde::Serialize;

use super::{install, names};

/// Counts a message between people.
pub fn message_ended(target: &'static str, outcome: &'static str) {
    counter!(names::MESSAGES, "target" => target, "outcome" => outcome).increment(1);
}

/// Figures of one command; made once a command.
#[derive(Clone)]
pub struct CommandMeters {
    command: &'static str,
    ok: Counter,
    duration: Histogram,
    counted: Arc<Counted>,
}

/// The recorder's counters cannot be read back.
#[derive(Default)]
struct Counted {
    ok: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
}

/// What became of calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CommandTally {
    /// Ended well.
    pub ok: u64,
    /// Refused before they ran.
    pub refused: u64,
    /// Ended with an error.
    pub failed: u64,
}

impl CommandTally {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            ok: self.ok.saturating_add(other.ok),
            refused: self.refused.saturating_add(other.refused),
            failed: self.failed.saturating_add(other.failed),
        }
    }
}

impl CommandMeters {
    /// Handles for `command`.
    #[must_use]
    pub fn new(command: &'static str) -> Self {
        drop(install());
        Self {
            command,
            ok: counter!(names::COMMANDS, "command" => command, "outcome" => "ok"),
            duration: histogram!(names::COMMAND_DURATION, "command" => command),
            counted: Arc::default(),
        }
    }

    /// Counts one run that ended well.
    pub fn ok(&self, took: Duration) {
        self.ok.increment(1);
        self.counted.ok.fetch_add(1, Ordering::Relaxed);
        self.duration.record(took);
    }

    /// Counts runs that ended well, one after the other.
    pub fn ok_each(&self, took: &[Duration]) {
        let runs = u64::try_from(took.len()).unwrap_or(u64::MAX);
        self.ok.increment(runs);
        self.counted.ok.fetch_add(runs, Ordering::Relaxed);
        for took in took {
            self.duration.record(*took);
        }
    }

    /// Counts one call that was refused before it ran.
    pub fn refused(&self, code: &'static str) {
        self.counted.refused.fetch_add(1, Ordering::Relaxed);
        counter!(names::COMMANDS, "command" => self.command, "outcome" => code).increment(1);
    }

    /// Counts one run that ended with the error code `code`.
    pub fn failed(&self, code: &'static str, took: Duration) {
        self.counted.failed.fetch_add(1, Ordering::Relaxed);
        counter!(names::COMMANDS, "command" => self.command, "outcome" => code).increment(1);
        self.duration.record(took);
    }

    /// What became of its calls since the start.
    #[must_use]
    pub fn tally(&self) -> CommandTally {
        CommandTally {
            ok: self.counted.ok.load(Ordering::Relaxed),
            refused: self.counted.refused.load(Ordering::Relaxed),
            failed: self.counted.failed.load(Ordering::Relaxed),
        }
    }
}

impl fmt::Debug for CommandMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandMeters")
            .field("command", &self.command)
            .finish_non_exhaustive()
    }
}

/// Figures of one requestable; made once a requestable.
#[derive(Clone)]
pub struct RequestMeters {
    requestable: &'static str,
}

impl RequestMeters {
    /// Handles for `requestable`.
    #[must_use]
    pub fn new(requestable: &'static str) -> Self {
        drop(install());
        Self { requestable }
    }

    /// Counts a request that ended so: `ok` or an error code.
    pub fn ended(&self, outcome: &'static str) {
        counter!(names::REQUESTS, "requestable" => self.requestable, "outcome" => outcome).increment(1);
    }

    /// Counts a request for what there is not.
    pub fn unknown() {
        counter!(names::REQUESTS, "requestable" => "unknown", "outcome" => "unknown_requestable").increment(1);
    }
}

impl fmt::Debug for RequestMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestMeters")
            .field("requestable", &self.requestable)
            .finish_non_exhaustive()
    }
}

/// Counts a panic in the work of something that was added.
pub fn panicked(name: &'static str) {
    counter!(names::HANDLER_PANICS, "name" => name).increment(1);
}

/// Counts a question to a client that was not put because too many are open.
pub fn asks_refused() {
    counter!(names::ASKS_REFUSED).increment(1);
}

/// Counts an answer of a client to a question that nobody waits for any more.
pub fn asks_late() {
    counter!(names::ASKS_LATE).increment(1);
}
