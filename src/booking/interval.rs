//! Half-open intervals between two instants, to the microsecond.
//!
//! Instants only: no calendar, no zone, so a clock change never lengthens or shortens a booking.
//! The precision is that of the store, so that what is planned is what is kept.

use jiff::{SignedDuration, Timestamp};

/// From `start` up to, but not including, `end`; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Interval {
    start: Timestamp,
    end: Timestamp,
}

/// Why two instants make no interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IntervalError {
    /// The end does not come after the start.
    #[error("the end {end} is not after the start {start}")]
    EndNotAfterStart {
        /// The start that was given.
        start: Timestamp,
        /// The end that was given.
        end: Timestamp,
    },
}

impl Interval {
    /// The interval `[start, end)`; both are cut to whole microseconds first.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self, IntervalError> {
        let (start, end) = (micros_down(start), micros_down(end));
        if start < end {
            Ok(Self { start, end })
        } else {
            Err(IntervalError::EndNotAfterStart { start, end })
        }
    }

    /// The first instant inside.
    pub fn start(self) -> Timestamp {
        self.start
    }

    /// The first instant after it.
    pub fn end(self) -> Timestamp {
        self.end
    }

    /// How long it lasts.
    pub fn length(self) -> SignedDuration {
        self.start.duration_until(self.end)
    }

    /// Whether some instant is inside both. Touching ends are not.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether one begins exactly when the other ends.
    pub fn touches(self, other: Self) -> bool {
        self.end == other.start || other.end == self.start
    }

    /// Whether the instant is inside.
    pub fn contains(self, instant: Timestamp) -> bool {
        self.start <= instant && instant < self.end
    }

    /// The same length, beginning at `start` or in the next whole microsecond.
    pub(crate) fn moved_to(self, start: Timestamp) -> Self {
        let start = micros_up(start);
        Self {
            start,
            end: later(start, self.length()),
        }
    }
}

/// `instant` plus `duration`, or the end of time if that comes first.
pub(crate) fn later(instant: Timestamp, duration: SignedDuration) -> Timestamp {
    instant.checked_add(duration).unwrap_or(Timestamp::MAX)
}

/// `instant` minus `duration`, or the beginning of time if that comes first.
pub(crate) fn earlier(instant: Timestamp, duration: SignedDuration) -> Timestamp {
    instant.checked_sub(duration).unwrap_or(Timestamp::MIN)
}

/// The whole microsecond at `instant` or just before.
pub(crate) fn micros_down(instant: Timestamp) -> Timestamp {
    let over_ns = instant.as_nanosecond().rem_euclid(1_000);
    earlier(instant, SignedDuration::from_nanos_i128(over_ns))
}

/// The whole microsecond at `instant` or just after.
pub(crate) fn micros_up(instant: Timestamp) -> Timestamp {
    let missing_ns = (-instant.as_nanosecond()).rem_euclid(1_000);
    later(instant, SignedDuration::from_nanos_i128(missing_ns))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_microsecond(micros).unwrap()
    }

    fn span(start: i64, end: i64) -> Interval {
        Interval::new(at(start), at(end)).unwrap()
    }

    #[test]
    fn an_interval_is_never_empty_or_reversed() {
        for (start, end, good) in [(0, 1, true), (0, 0, false), (1, 0, false), (-1, 0, true)] {
            assert_eq!(Interval::new(at(start), at(end)).is_ok(), good, "{start}..{end}");
        }
    }

    #[test]
    fn touching_ends_do_not_overlap_and_one_microsecond_does() {
        let first = span(0, 100);
        for (other, overlaps, touches) in [
            (span(100, 200), false, true),
            (span(99, 200), true, false),
            (span(-100, 0), false, true),
            (span(-100, 1), true, false),
            (span(40, 60), true, false),
            (span(-1, 101), true, false),
            (span(101, 102), false, false),
        ] {
            assert_eq!(first.overlaps(other), overlaps, "{other:?}");
            assert_eq!(other.overlaps(first), overlaps, "{other:?}");
            assert_eq!(first.touches(other), touches, "{other:?}");
        }
    }

    #[test]
    fn instants_are_cut_to_the_microsecond_that_the_store_keeps() {
        let ns = |ns| Timestamp::from_nanosecond(ns).unwrap();
        assert_eq!(Interval::new(ns(1_999), ns(3_001)).unwrap(), span(1, 3));
        assert_eq!(Interval::new(ns(-1), ns(0)).unwrap(), span(-1, 0));
        assert!(Interval::new(ns(1_000), ns(1_999)).is_err());
    }

    #[test]
    fn the_night_the_clocks_go_back_has_its_true_length() {
        let night = Interval::new(
            "2026-10-25T02:30:00+02:00".parse().unwrap(),
            "2026-10-25T02:30:00+01:00".parse().unwrap(),
        );
        assert_eq!(night.unwrap().length(), SignedDuration::from_hours(1));
    }

    #[test]
    fn adding_past_the_end_of_time_stops_there() {
        assert_eq!(later(Timestamp::MAX, SignedDuration::from_secs(1)), Timestamp::MAX);
        assert_eq!(earlier(Timestamp::MIN, SignedDuration::from_secs(1)), Timestamp::MIN);
    }
}
