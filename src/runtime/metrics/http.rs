//! Figures of the HTTP side: its connections, its requests, and what was not let in.

use std::fmt;

use metrics::{Counter, Gauge, counter, gauge};

use super::{install, names};

/// Classes of statuses, as they are labelled.
const STATUSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Handles; cheap to clone.
#[derive(Clone)]
pub struct HttpMeters {
    open: Gauge,
    requests: [Counter; 5],
}

impl HttpMeters {
    /// Handles of the one HTTP side.
    #[must_use]
    pub fn new() -> Self {
        drop(install());
        Self {
            open: gauge!(names::HTTP_CONNECTIONS),
            requests: STATUSES.map(|status| counter!(names::HTTP_REQUESTS, "status" => status)),
        }
    }

    /// Counts a connection let in.
    pub fn opened(&self) {
        self.open.increment(1);
    }

    /// Counts a connection that is gone.
    pub fn closed(&self) {
        self.open.decrement(1);
    }

    /// Counts why a connection spoke HTTP no more.
    pub fn ended(reason: &'static str) {
        counter!(names::HTTP_CONNECTIONS_ENDED, "reason" => reason).increment(1);
    }

    /// Counts an answer by the class of its status.
    pub fn answered(&self, status: u16) {
        let class = usize::from(status / 100).saturating_sub(1);
        if let Some(counter) = self.requests.get(class) {
            counter.increment(1);
        }
    }
}

impl Default for HttpMeters {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for HttpMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpMeters").finish_non_exhaustive()
    }
}

/// Counts a body for which there was no room.
pub fn http_bodies_refused() {
    drop(install());
    counter!(names::HTTP_BODIES_REFUSED).increment(1);
}
