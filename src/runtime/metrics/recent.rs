//! Figures of calls that come again under their id, and of what is kept for them.

use std::fmt;

use ::metrics::{Gauge, counter, gauge};

use super::{install, names};

/// Figures of all clients together.
#[derive(Clone)]
pub struct RecentMeters {
    kept: Gauge,
}

impl RecentMeters {
    /// The handles.
    #[must_use]
    pub fn new() -> Self {
        drop(install());
        Self {
            kept: gauge!(names::RECENT_KEPT),
        }
    }

    /// How many bytes are kept.
    pub fn kept(&self, bytes: usize) {
        self.kept.set(u32::try_from(bytes).unwrap_or(u32::MAX));
    }

    /// Counts a call that was not done: `again`, `faded` or `full`.
    pub fn repeated(&self, outcome: &'static str) {
        counter!(names::RECENT_REPEATED, "outcome" => outcome).increment(1);
    }
}

impl Default for RecentMeters {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for RecentMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecentMeters").finish_non_exhaustive()
    }
}
