//! The only reader of the wall clock; `tests/tidy.rs` bans `Timestamp::now` and `SystemTime::now` elsewhere.
//!
//! Services take a [`Clock`] by constructor, so a test moves time by hand. Durations are measured with
//! `tokio::time::Instant`, never by subtracting two readings of this clock: it may jump.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

/// The wall clock, now.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// Microseconds since 1970, as the store keeps instants.
#[must_use]
pub fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// The instant so many microseconds after 1970; beyond what a [`Timestamp`] can hold, its nearest end.
#[must_use]
pub fn from_micros(micros: i64) -> Timestamp {
    let nearest = if micros < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_microsecond(micros).unwrap_or(nearest)
}

/// Where a service reads the time from; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Clock(Source);

#[derive(Debug, Clone, Default)]
enum Source {
    #[default]
    System,
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `at` (to the microsecond) until it is moved; its clones move with it.
    #[must_use]
    pub fn fixed(at: Timestamp) -> Self {
        Self(Source::Fixed(Arc::new(AtomicI64::new(micros(at)))))
    }

    /// What this clock shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => now(),
            Source::Fixed(at) => from_micros(at.load(Ordering::Acquire)),
        }
    }

    /// Moves a fixed clock forward; a system clock moves by itself and ignores this.
    pub fn advance(&self, by: Duration) {
        if let Source::Fixed(at) = &self.0 {
            let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
            at.update(Ordering::AcqRel, Ordering::Acquire, |was| was.saturating_add(by));
        }
    }

    /// Sets a fixed clock, backwards too; a system clock ignores this.
    pub fn set(&self, to: Timestamp) {
        if let Source::Fixed(at) = &self.0 {
            at.store(micros(to), Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_stands_until_moved_and_moves_its_clones() {
        let start = from_micros(1_700_000_000_000_000);
        let clock = Clock::fixed(start);
        let other = clock.clone();
        assert_eq!(clock.now(), start);
        clock.advance(Duration::from_secs(90));
        assert_eq!(other.now(), start + Duration::from_secs(90));
        other.set(start);
        assert_eq!(clock.now(), start);
    }

    #[test]
    fn micros_survive_the_way_to_the_store_and_back() {
        for at in [0, -1, 1, 1_700_000_000_123_456] {
            assert_eq!(micros(from_micros(at)), at);
        }
    }

    #[test]
    fn instants_out_of_range_become_the_nearest_end() {
        assert_eq!(from_micros(i64::MAX), Timestamp::MAX);
        assert_eq!(from_micros(i64::MIN), Timestamp::MIN);
    }
}
