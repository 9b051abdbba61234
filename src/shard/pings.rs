//! The pings of all shards together: what they did, and the switch that has them rest.
//!
//! Shared between the shards, which count, and whoever looks or switches.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde::Serialize;

use crate::runtime::metrics::PingMeters;

/// Figures and switch of the pings; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pings(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    is_on: AtomicBool,
    rounds: AtomicU64,
    pings: AtomicU64,
    closed: AtomicU64,
    sessions: AtomicU64,
    meters: PingMeters,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            is_on: AtomicBool::new(true),
            rounds: AtomicU64::new(0),
            pings: AtomicU64::new(0),
            closed: AtomicU64::new(0),
            sessions: AtomicU64::new(0),
            meters: PingMeters::new(),
        }
    }
}

/// What the pings show of themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct PingState {
    /// Whether silence is answered at all.
    pub(crate) is_on: bool,
    /// Turns of the wheels' hands since the start.
    pub(crate) rounds: u64,
    /// Connections that are looked after.
    pub(crate) sessions: u64,
    /// Pings sent since the start.
    pub(crate) pings: u64,
    /// Connections closed as `idle` since the start.
    pub(crate) closed: u64,
}

impl Pings {
    #[expect(dead_code, reason = "the service `ping` is what switches it")]
    /// Has silence answered or not. Switched on again, everybody counts as just heard.
    pub(crate) fn switch(&self, is_on: bool) {
        self.0.is_on.store(is_on, Ordering::Release);
    }

    /// The figures as they are.
    pub(crate) fn state(&self) -> PingState {
        let read = |figure: &AtomicU64| figure.load(Ordering::Acquire);
        PingState {
            is_on: self.is_on(),
            rounds: read(&self.0.rounds),
            sessions: read(&self.0.sessions),
            pings: read(&self.0.pings),
            closed: read(&self.0.closed),
        }
    }

    pub(super) fn is_on(&self) -> bool {
        self.0.is_on.load(Ordering::Acquire)
    }

    pub(super) fn entered(&self) {
        self.0.sessions.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn left(&self) {
        self.0.sessions.fetch_sub(1, Ordering::AcqRel);
    }

    pub(super) fn round(&self, pings: u64, closed: u64) {
        self.0.rounds.fetch_add(1, Ordering::AcqRel);
        self.0.pings.fetch_add(pings, Ordering::AcqRel);
        self.0.closed.fetch_add(closed, Ordering::AcqRel);
        self.0.meters.sent(pings);
    }

    pub(super) fn answered(&self, after: std::time::Duration) {
        self.0.meters.answered(after);
    }
}
