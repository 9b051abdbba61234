//! How the worker is, for doctor, for `s.services` and for whoever is told that there are no faces.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use super::AnalyserOptions;
use super::blame::Blame;
use crate::face::worker;

/// What the worker does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// There is none and will be none: switched off, or not built.
    Off,
    /// It was not needed yet.
    Asleep,
    /// It loads its models.
    Starting,
    /// It looks at pictures.
    Running,
    /// It failed, and is started again after a pause.
    Pausing,
}

/// The worker as it is seen from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnalyserState {
    /// What it does.
    pub phase: Phase,
    /// Why it does not run, or why it failed last.
    pub why: Option<String>,
    /// Its process.
    pub pid: Option<u32>,
    /// Pictures in its hand.
    pub in_hand: usize,
    /// How often it was started again after it failed.
    pub restarts: u64,
}

/// The same, told by the keeper; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Shared(Arc<Mutex<AnalyserState>>);

impl Shared {
    pub(super) fn new(options: &AnalyserOptions) -> Self {
        let why = why_never(options);
        let phase = if why.is_some() { Phase::Off } else { Phase::Asleep };
        Self(Arc::new(Mutex::new(AnalyserState {
            phase,
            why,
            pid: None,
            in_hand: 0,
            restarts: 0,
        })))
    }

    pub(super) fn look(&self) -> AnalyserState {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut AnalyserState)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Why nothing is looked at now, if so.
    pub(super) fn why_not(&self) -> Option<String> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_down = matches!(state.phase, Phase::Off | Phase::Pausing);
        let why = || {
            state
                .why
                .clone()
                .unwrap_or_else(|| "the face worker is down".to_owned())
        };
        is_down.then(why)
    }
}

/// Who is not looked at because of what their pictures did, for the keeper and for who asks; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Senders {
    began: Instant,
    blame: Arc<Mutex<Blame>>,
}

impl Senders {
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            blame: Arc::default(),
        }
    }

    /// For how much longer nothing of this sender is looked at, if so.
    pub(super) fn shut_for(&self, sender: &str) -> Option<Duration> {
        let blame = self.blame.lock().unwrap_or_else(PoisonError::into_inner);
        blame.shut_for(sender, self.began.elapsed())
    }

    /// A worker ended with a picture of theirs in its hand; says whether that was one too many.
    pub(super) fn ended(&self, sender: &Arc<str>) -> bool {
        let mut blame = self.blame.lock().unwrap_or_else(PoisonError::into_inner);
        blame.ended(sender, self.began.elapsed())
    }
}

fn why_never(options: &AnalyserOptions) -> Option<String> {
    let why = if !options.enabled {
        "they are switched off (face.enabled)"
    } else if options.program.is_none() {
        "this program has no face worker; name a motorpool that has one (face.program)"
    } else if !worker::IS_BUILT {
        "this motorpool was built without the feature `face`"
    } else {
        return None;
    };
    Some(why.to_owned())
}
