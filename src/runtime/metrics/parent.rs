//! Figures of the link to the server above.

use std::fmt;

use ::metrics::{Counter, Gauge, counter, gauge};

use super::{install, names};

/// Made once a life of the server.
pub struct ParentMeters {
    up: Gauge,
    came_back: Counter,
}

impl ParentMeters {
    /// The handles.
    #[must_use]
    pub fn new() -> Self {
        drop(install());
        let meters = Self {
            up: gauge!(names::PARENT_UP),
            came_back: counter!(names::PARENT_RECONNECTS),
        };
        meters.up(false);
        meters
    }

    /// Whether the parent is connected.
    pub fn up(&self, is_up: bool) {
        self.up.set(if is_up { 1.0 } else { 0.0 });
    }

    /// A parent that was lost is connected again.
    pub fn came_back(&self) {
        self.came_back.increment(1);
    }
}

impl Default for ParentMeters {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ParentMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParentMeters").finish_non_exhaustive()
    }
}
