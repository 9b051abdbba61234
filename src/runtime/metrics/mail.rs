//! Figures of the mail: what is stored, pushed, repeated and refused.

use std::fmt;

use ::metrics::{Counter, Gauge, counter, gauge};

use super::{install, names};

/// Figures of all inboxes together.
#[derive(Clone)]
pub struct MailMeters {
    stored: Counter,
    first: Counter,
    again: Counter,
    gaps: Counter,
    rate_limited: Counter,
    sessions: Gauge,
    waiting: Gauge,
}

impl MailMeters {
    /// The handles.
    #[must_use]
    pub fn new() -> Self {
        drop(install());
        Self {
            stored: counter!(names::MAIL_STORED),
            first: counter!(names::MAIL_PUSHES, "coming" => "first"),
            again: counter!(names::MAIL_PUSHES, "coming" => "again"),
            gaps: counter!(names::MAIL_GAPS),
            rate_limited: counter!(names::MAIL_RATE_LIMITED),
            sessions: gauge!(names::MAIL_SESSIONS),
            waiting: gauge!(names::MAIL_WAITING),
        }
    }

    /// Counts a message that is on the disk.
    pub fn stored(&self) {
        self.stored.increment(1);
    }

    /// Counts a line pushed to a session, for the first time on its connection or again.
    pub fn pushed(&self, is_again: bool) {
        if is_again {
            self.again.increment(1);
        } else {
            self.first.increment(1);
        }
    }

    /// Counts a gap that was told.
    pub fn gap(&self) {
        self.gaps.increment(1);
    }

    /// Counts a sender who had to wait.
    pub fn rate_limited(&self) {
        self.rate_limited.increment(1);
    }

    /// How many people wait for a line.
    pub fn waiting(&self, count: usize) {
        self.waiting.set(u32::try_from(count).unwrap_or(u32::MAX));
    }

    /// How many sessions there are.
    pub fn sessions(&self, count: usize) {
        self.sessions.set(u32::try_from(count).unwrap_or(u32::MAX));
    }
}

impl Default for MailMeters {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MailMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailMeters").finish_non_exhaustive()
    }
}
