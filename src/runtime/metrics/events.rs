//! Figures of what clients are told without asking at that moment: subscriptions and events.

use std::fmt;

use ::metrics::{Counter, Gauge, counter, gauge};

use super::{install, names};

/// Figures of all subscriptions together; made once a life of their actor.
#[derive(Clone)]
pub struct SubscriptionMeters {
    there: Gauge,
    pushed: Counter,
    skipped: Counter,
}

impl SubscriptionMeters {
    /// The handles.
    #[must_use]
    pub fn new() -> Self {
        drop(install());
        Self {
            there: gauge!(names::SUBSCRIPTIONS),
            pushed: counter!(names::SUBSCRIPTION_PUSHES, "outcome" => "pushed"),
            skipped: counter!(names::SUBSCRIPTION_PUSHES, "outcome" => "skipped"),
        }
    }

    /// How many there are.
    pub fn there(&self, count: usize) {
        self.there.set(u32::try_from(count).unwrap_or(u32::MAX));
    }

    /// Counts a value pushed to a subscriber.
    pub fn pushed(&self) {
        self.pushed.increment(1);
    }

    /// Counts a value that a subscriber did not get because it had not taken what came before.
    pub fn skipped(&self) {
        self.skipped.increment(1);
    }

    /// Counts a look that ended so: `ok` or an error code.
    pub fn looked(&self, outcome: &'static str) {
        counter!(names::SUBSCRIPTION_LOOKS, "outcome" => outcome).increment(1);
    }

    /// Counts a refusal at this bound.
    pub fn refused(&self, bound: &'static str) {
        counter!(names::SUBSCRIPTIONS_REFUSED, "bound" => bound).increment(1);
    }
}

impl Default for SubscriptionMeters {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SubscriptionMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubscriptionMeters").finish_non_exhaustive()
    }
}

/// Figures of events that are kept until they are acknowledged.
#[derive(Clone)]
pub struct EventMeters {
    told: Counter,
    repeated: Counter,
}

impl EventMeters {
    /// The handles.
    #[must_use]
    pub fn new() -> Self {
        drop(install());
        Self {
            told: counter!(names::EVENTS_TOLD),
            repeated: counter!(names::EVENTS_REPEATED),
        }
    }

    /// Counts an event kept for a client.
    pub fn told(&self) {
        self.told.increment(1);
    }

    /// Counts an event sent again.
    pub fn repeated(&self) {
        self.repeated.increment(1);
    }

    /// Counts events let go for this cause.
    pub fn lost(&self, cause: &'static str, count: u64) {
        counter!(names::EVENTS_LOST, "cause" => cause).increment(count);
    }
}

impl Default for EventMeters {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for EventMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventMeters").finish_non_exhaustive()
    }
}
