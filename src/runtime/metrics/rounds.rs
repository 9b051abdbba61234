//! Figures of the rounds of repeating services: handles made once for each service.
//!
//! Outcomes are a fixed set of words.

use std::fmt;
use std::time::Duration;

use ::metrics::{Gauge, Histogram, counter, gauge, histogram};

use super::{install, names};

/// Every outcome; all start at 0, so that the first of a kind is seen as a rise.
const OUTCOMES: [&str; 4] = ["ok", "failed", "panicked", "timed_out"];

/// Figures of one repeating service.
#[derive(Clone)]
pub struct RoundMeters {
    service: &'static str,
    duration: Histogram,
    enabled: Gauge,
}

impl RoundMeters {
    /// Handles for `service`.
    #[must_use]
    pub fn new(service: &'static str) -> Self {
        drop(install());
        for outcome in OUTCOMES {
            counter!(names::SERVICE_ROUNDS, "service" => service, "outcome" => outcome).increment(0);
        }
        Self {
            service,
            duration: histogram!(names::SERVICE_ROUND_DURATION, "service" => service),
            enabled: gauge!(names::SERVICE_ENABLED, "service" => service),
        }
    }

    /// Counts a round that ended so.
    pub fn ended(&self, outcome: &'static str, took: Duration) {
        counter!(names::SERVICE_ROUNDS, "service" => self.service, "outcome" => outcome).increment(1);
        self.duration.record(took);
    }

    /// Whether it is to do rounds.
    pub fn enabled(&self, is_enabled: bool) {
        self.enabled.set(u32::from(is_enabled));
    }
}

/// Counts one question of the service `metadata` to a client.
pub fn metadata_asked(outcome: &'static str) {
    counter!(names::METADATA_ASKS, "outcome" => outcome).increment(1);
}

impl fmt::Debug for RoundMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoundMeters")
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}
