//! What one repeating service has done so far, over all its lives: shared by its actor and whoever looks.
//!
//! Counts and remembers; it decides nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::recipe::Rhythm;
use crate::runtime::clock::Clock;
use crate::runtime::metrics::RoundMeters;

/// Letters of an error that are kept.
const ERROR_LETTERS_MAX: usize = 500;

/// How a round ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Well; what it did.
    Ok(String),
    /// With an error, as it may be shown.
    Failed(String),
    /// By a panic, whose text is in the log.
    Panicked,
    /// It took longer than it may.
    TimedOut(Duration),
}

impl Ended {
    /// The label `outcome`.
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Ok(_) => "ok",
            Self::Failed(_) => "failed",
            Self::Panicked => "panicked",
            Self::TimedOut(_) => "timed_out",
        }
    }

    /// What went wrong, for people.
    pub(crate) fn error(&self) -> Option<String> {
        match self {
            Self::Ok(_) => None,
            Self::Failed(why) => Some(why.chars().take(ERROR_LETTERS_MAX).collect()),
            Self::Panicked => Some("it panicked; the log has the text".to_owned()),
            Self::TimedOut(after) => Some(format!("it was not done within {} ms", after.as_millis())),
        }
    }
}

/// The figures of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Done {
    /// When its last round began.
    pub(crate) last_run: Option<Timestamp>,
    /// How long that took.
    pub(crate) took: Option<Duration>,
    /// The last error, and when.
    pub(crate) last_error: Option<(Timestamp, String)>,
    /// Rounds, whatever came of them.
    pub(crate) rounds: u64,
    /// Of them, those that did not end well.
    pub(crate) failures: u64,
    /// Whether the last one did not end well.
    pub(crate) last_failed: bool,
}

/// Shared by all lives of one service.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) name: &'static str,
    pub(super) rhythm: Rhythm,
    pub(super) clock: Clock,
    pub(super) meters: RoundMeters,
    enabled: AtomicBool,
    all_enabled: Arc<AtomicBool>,
    done: Mutex<Done>,
}

impl Record {
    pub(super) fn new(
        name: &'static str,
        rhythm: Rhythm,
        is_enabled: bool,
        all_enabled: Arc<AtomicBool>,
        clock: Clock,
    ) -> Self {
        Self {
            name,
            rhythm,
            clock,
            meters: RoundMeters::new(name),
            enabled: AtomicBool::new(is_enabled),
            all_enabled,
            done: Mutex::default(),
        }
    }

    /// Its own switch.
    pub(super) fn is_enabled(&self) -> bool {
        self.enabled.load(Ordering::Acquire)
    }

    /// The switch of all together.
    pub(super) fn all_enabled(&self) -> bool {
        self.all_enabled.load(Ordering::Acquire)
    }

    /// Whether it does rounds by itself.
    pub(super) fn is_on(&self) -> bool {
        self.is_enabled() && self.all_enabled()
    }

    pub(super) fn enable(&self, is_enabled: bool) {
        self.enabled.store(is_enabled, Ordering::Release);
    }

    /// Keeps what became of a round.
    pub(super) fn ended(&self, at: Timestamp, took: Duration, ended: &Ended) {
        self.meters.ended(ended.as_str(), took);
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        done.last_run = Some(at);
        done.took = Some(took);
        done.rounds = done.rounds.saturating_add(1);
        done.last_failed = false;
        if let Some(error) = ended.error() {
            done.failures = done.failures.saturating_add(1);
            done.last_failed = true;
            tracing::warn!(
                service = self.name,
                outcome = ended.as_str(),
                error,
                "a round of a service failed"
            );
            done.last_error = Some((at, error));
        }
    }

    /// What it did so far.
    pub(super) fn done(&self) -> Done {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets that the last round failed: the next life begins as the first one did.
    pub(super) fn forgive(&self) {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).last_failed = false;
    }
}
