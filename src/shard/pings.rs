//! The pings of all shards together: what they did, and until when the wheels turn.
//!
//! Shared between the shards, which count, and the service that keeps them turning.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::Instant;

use crate::runtime::metrics::PingMeters;

/// Figures of the pings, and how long they go on; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pings(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    began: Instant,
    /// Milliseconds since the beginning.
    turns_until: AtomicU64,
    rounds: AtomicU64,
    pings: AtomicU64,
    closed: AtomicU64,
    sessions: AtomicU64,
    meters: PingMeters,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            turns_until: AtomicU64::new(0),
            rounds: AtomicU64::new(0),
            pings: AtomicU64::new(0),
            closed: AtomicU64::new(0),
            sessions: AtomicU64::new(0),
            meters: PingMeters::new(),
        }
    }
}

/// What the pings show of themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
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
    /// Has silence answered for so long from now on. After a pause everybody counts as just heard.
    pub(crate) fn turn_for(&self, lease: Duration) {
        self.0.turns_until.store(self.ms() + millis(lease), Ordering::Release);
    }

    fn ms(&self) -> u64 {
        millis(self.0.began.elapsed())
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
        self.ms() < self.0.turns_until.load(Ordering::Acquire)
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

    pub(super) fn answered(&self, after: Duration) {
        self.0.meters.answered(after);
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_wheels_turn_as_long_as_they_were_let_and_no_longer() {
        let pings = Pings::default();
        assert!(!pings.state().is_on, "nobody has let them yet");
        pings.turn_for(Duration::from_secs(1));
        tokio::time::advance(Duration::from_millis(999)).await;
        assert!(pings.state().is_on);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(!pings.state().is_on);
    }
}
