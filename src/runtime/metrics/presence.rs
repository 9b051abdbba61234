//! Figures of presence: who is online, who watches, what was told and written.

use std::fmt;

use ::metrics::{Counter, Gauge, counter, gauge};

use super::{install, names};

/// Figures of presence; made once.
#[derive(Clone)]
pub struct PresenceMeters {
    online: Gauge,
    watchers: Gauge,
    told: Counter,
    put_off: Counter,
    written: Counter,
    lost: Counter,
}

impl PresenceMeters {
    /// The handles.
    #[must_use]
    pub fn new() -> Self {
        drop(install());
        Self {
            online: gauge!(names::PEOPLE_ONLINE),
            watchers: gauge!(names::PRESENCE_WATCHERS),
            told: counter!(names::PRESENCE_EVENTS, "outcome" => "pushed"),
            put_off: counter!(names::PRESENCE_EVENTS, "outcome" => "put_off"),
            written: counter!(names::PRESENCE_MARKS, "outcome" => "written"),
            lost: counter!(names::PRESENCE_MARKS, "outcome" => "lost"),
        }
    }

    /// How many people are online.
    pub fn online(&self, count: usize) {
        self.online.set(u32::try_from(count).unwrap_or(u32::MAX));
    }

    /// How many clients watch.
    pub fn watchers(&self, count: usize) {
        self.watchers.set(u32::try_from(count).unwrap_or(u32::MAX));
    }

    /// Counts an event pushed to a watcher.
    pub fn told(&self) {
        self.told.increment(1);
    }

    /// Counts a watcher that is told later because it has not taken what came before.
    pub fn put_off(&self) {
        self.put_off.increment(1);
    }

    /// Counts a watch that was refused at this bound.
    pub fn refused(&self, bound: &'static str) {
        counter!(names::PRESENCE_REFUSED, "bound" => bound).increment(1);
    }

    /// Counts marks that are on the disk.
    pub fn written(&self, count: usize) {
        self.written.increment(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// Counts marks let go because too many waited for the disk.
    pub fn lost(&self, count: usize) {
        self.lost.increment(u64::try_from(count).unwrap_or(u64::MAX));
    }
}

impl Default for PresenceMeters {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for PresenceMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresenceMeters").finish_non_exhaustive()
    }
}
