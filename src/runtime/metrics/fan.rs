//! Figures of fan-out and pings: handles made once a shard.

use std::fmt;
use std::time::Duration;

use ::metrics::{Counter, Histogram, counter, histogram};

use super::{install, names};

/// Figures of frames for many.
#[derive(Clone)]
pub struct FanMeters {
    deliveries: Counter,
    frames: Counter,
    bytes: Counter,
    waits: Counter,
    panics: Counter,
}

impl FanMeters {
    /// Handles.
    #[must_use]
    pub fn new() -> Self {
        drop(install());
        Self {
            deliveries: counter!(names::FAN_DELIVERIES),
            frames: counter!(names::FRAMES_SENT),
            bytes: counter!(names::SENT_BYTES),
            waits: counter!(names::FAN_WAITS),
            panics: counter!(names::SHARD_PANICS),
        }
    }

    /// So many frames of together so many bytes went to `reached` receivers; to `written` of them at once, the writers
    /// of the others count theirs.
    pub(crate) fn delivered(&self, reached: usize, written: usize, frames: u64, bytes: usize) {
        let wide = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        self.deliveries.increment(wide(reached).saturating_mul(frames));
        self.frames.increment(wide(written).saturating_mul(frames));
        self.bytes.increment(wide(written).saturating_mul(wide(bytes)));
    }

    /// A sender waits for a shard.
    pub(crate) fn waits(&self) {
        self.waits.increment(1);
    }

    pub(crate) fn panicked(&self) {
        self.panics.increment(1);
    }
}

impl Default for FanMeters {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for FanMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FanMeters").finish_non_exhaustive()
    }
}

/// Figures of the pings.
#[derive(Clone)]
pub struct PingMeters {
    sent: Counter,
    round_trip: Histogram,
}

impl PingMeters {
    /// Handles.
    #[must_use]
    pub fn new() -> Self {
        drop(install());
        Self {
            sent: counter!(names::PINGS_SENT),
            round_trip: histogram!(names::PING_ROUND_TRIP),
        }
    }

    pub(crate) fn sent(&self, pings: u64) {
        self.sent.increment(pings);
    }

    pub(crate) fn answered(&self, after: Duration) {
        self.round_trip.record(after);
    }
}

impl Default for PingMeters {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for PingMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PingMeters").finish_non_exhaustive()
    }
}
