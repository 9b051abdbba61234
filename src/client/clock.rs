//! The server's time, kept by what its welcome and pongs say.
//!
//! Answers with an instant that is never knowingly behind the server: a command that has expired there must not
//! look alive here. So of the monotonic clock (which stands while a machine sleeps) and the wall clock (which may be
//! set) the one that went further counts, until the next pong.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::runtime::Clock;

/// A sample that came faster replaces one that came slower; after this long any sample does.
const SAMPLE_AGE_MAX: Duration = Duration::from_secs(120);

/// The server's clock as seen from here. Before the first sample it is our own.
#[derive(Debug)]
pub struct ServerClock {
    wall: Clock,
    sample: Mutex<Option<Sample>>,
}

#[derive(Debug, Clone, Copy)]
struct Sample {
    server: Timestamp,
    wall: Timestamp,
    taken: Instant,
    round_trip: Duration,
}

impl ServerClock {
    /// A clock that has not heard from the server yet.
    #[must_use]
    pub fn new(wall: Clock) -> Self {
        Self {
            wall,
            sample: Mutex::new(None),
        }
    }

    /// The server said `at`, in an answer that just came `round_trip` after its question.
    pub fn observe(&self, at: Timestamp, round_trip: Duration) {
        let sample = Sample {
            server: later(at, round_trip / 2),
            wall: self.wall.now(),
            taken: Instant::now(),
            round_trip,
        };
        let mut held = self.lock();
        let keeps = held.is_some_and(|held| held.round_trip < round_trip && held.taken.elapsed() < SAMPLE_AGE_MAX);
        if !keeps {
            *held = Some(sample);
        }
    }

    /// The server's time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let wall = self.wall.now();
        match *self.lock() {
            None => wall,
            Some(sample) => {
                let by_wall = Duration::try_from(wall.duration_since(sample.wall)).unwrap_or_default();
                later(sample.server, by_wall.max(sample.taken.elapsed()))
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Sample>> {
        self.sample.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn the_servers_time_runs_on_with_either_of_our_clocks() {
        let wall = Clock::fixed(at("2030-01-01T00:00:00Z"));
        let clock = ServerClock::new(wall.clone());
        assert_eq!(clock.now(), at("2030-01-01T00:00:00Z"));
        clock.observe(at("2026-05-01T12:00:00Z"), Duration::from_millis(200));
        assert_eq!(clock.now(), at("2026-05-01T12:00:00.1Z"));
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(clock.now(), at("2026-05-01T12:00:10.1Z"));
        // The machine slept: only the wall clock went on.
        wall.advance(Duration::from_secs(3600));
        assert_eq!(clock.now(), at("2026-05-01T13:00:00.1Z"));
        // Somebody set the wall clock back: the server's time does not go with it.
        wall.set(at("2020-01-01T00:00:00Z"));
        assert_eq!(clock.now(), at("2026-05-01T12:00:10.1Z"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_pong_does_not_spoil_a_good_sample_until_that_is_old() {
        let clock = ServerClock::new(Clock::fixed(at("2026-01-01T00:00:00Z")));
        clock.observe(at("2026-05-01T12:00:00Z"), Duration::ZERO);
        clock.observe(at("2026-05-01T12:30:00Z"), Duration::from_secs(1));
        assert_eq!(clock.now(), at("2026-05-01T12:00:00Z"));
        tokio::time::advance(SAMPLE_AGE_MAX).await;
        clock.observe(at("2026-05-01T12:30:00Z"), Duration::from_secs(1));
        assert_eq!(clock.now(), at("2026-05-01T12:30:00.5Z"));
    }
}
