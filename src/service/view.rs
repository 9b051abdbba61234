//! One service as operators see it.
//!
//! Only a shape and how it is filled; it is the same for `SERVICES` and `s.services_info`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::recipe::Rhythm;
use super::record::Done;
use super::rules::{Facts, RESTARTING, RUNNING};
use crate::runtime::ServiceState;

/// One service and how it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct ServiceListed {
    /// As it is switched and run by.
    pub(crate) name: &'static str,
    /// `running`, `restarting`, `disabled`, `disabled: gave up`, `disabled: all are off`.
    pub(crate) state: &'static str,
    /// Whether its actor is alive; that of a disabled service is, and waits.
    pub(crate) up: bool,
    /// Whether it works by itself: switched on, all switched on, not given up.
    pub(crate) enabled: bool,
    /// Milliseconds between two rounds; null where there are no rounds.
    pub(crate) interval_ms: Option<u64>,
    /// When its last round began, RFC 3339.
    pub(crate) last_run: Option<String>,
    /// How many milliseconds that took.
    pub(crate) took_ms: Option<u64>,
    /// What went wrong last.
    pub(crate) last_error: Option<String>,
    /// When, RFC 3339.
    pub(crate) last_error_at: Option<String>,
    /// Rounds since the start of the server.
    pub(crate) rounds: u64,
    /// Of them, those that failed, panicked or took too long.
    pub(crate) failures: u64,
    /// How often its supervisor started it again.
    pub(crate) restarts: u64,
}

impl ServiceListed {
    /// One without rounds.
    pub(super) fn plain(state: ServiceState) -> Self {
        Self {
            name: state.name,
            state: if state.is_up { RUNNING } else { RESTARTING },
            up: state.is_up,
            enabled: true,
            interval_ms: None,
            last_run: None,
            took_ms: None,
            last_error: None,
            last_error_at: None,
            rounds: 0,
            failures: 0,
            restarts: state.restarts,
        }
    }

    pub(super) fn repeating(name: &'static str, facts: Facts, rhythm: Rhythm, done: &Done, restarts: u64) -> Self {
        let (at, error) = done.last_error.clone().unzip();
        Self {
            name,
            state: facts.state(),
            up: facts.is_up,
            enabled: facts.is_on(),
            interval_ms: Some(millis(rhythm.every)),
            last_run: done.last_run.map(|at| at.to_string()),
            took_ms: done.took.map(millis),
            last_error: error,
            last_error_at: at.map(|at| at.to_string()),
            rounds: done.rounds,
            failures: done.failures,
            restarts,
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
