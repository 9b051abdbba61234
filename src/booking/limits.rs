//! What may be booked at all, whatever the car: not too far in the past or future, not too long, not too many.
//!
//! Each limit is a field of the policy and is itself still allowed. `Refusal` also carries what the schedule
//! of a car has to say, so that callers meet one error.

use jiff::{SignedDuration, Timestamp};

use super::interval::{earlier, later};
use super::{Interval, IntervalError, Policy};

/// Why a booking is not made or extended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The end does not come after the start.
    #[error(transparent)]
    BadInterval(#[from] IntervalError),
    /// It would have begun too long ago.
    #[error("the start {start} is in the past, the earliest possible is {earliest}")]
    StartPast {
        /// The start that was wanted.
        start: Timestamp,
        /// The earliest that is possible now.
        earliest: Timestamp,
    },
    /// It would already be over.
    #[error("the end {end} is in the past, it is {now} now")]
    EndPast {
        /// The end that was wanted.
        end: Timestamp,
        /// What time it is.
        now: Timestamp,
    },
    /// Longer than any booking may be.
    #[error("the booking would last {length:#}, the longest possible is {length_max:#}")]
    TooLong {
        /// The length that was wanted.
        length: SignedDuration,
        /// The longest that is possible.
        length_max: SignedDuration,
    },
    /// It would begin later than can be booked today.
    #[error("the start {start} is too far ahead, the latest possible is {latest}")]
    TooFarAhead {
        /// The start that was wanted.
        start: Timestamp,
        /// The latest that is possible now.
        latest: Timestamp,
    },
    /// The person has as many live bookings as one may have.
    #[error("{open} bookings are open, the limit is {limit}")]
    TooManyOpen {
        /// How many the person has.
        open: usize,
        /// How many one may have.
        limit: usize,
    },
    /// Somebody else has the car then.
    #[error("the car is taken from {} to {}", in_the_way.start(), in_the_way.end())]
    Conflict {
        /// A booking that overlaps; a car that is late counts as taken until now.
        in_the_way: Interval,
        /// The first free interval of the same length, not before the wanted start and not in the past.
        next_free: Interval,
    },
}

/// Whether a person with so many live bookings may make one more.
pub fn check_open_bookings(open: usize, policy: &Policy) -> Result<(), Refusal> {
    let limit = policy.open_bookings_per_user;
    if open < limit {
        Ok(())
    } else {
        Err(Refusal::TooManyOpen { open, limit })
    }
}

/// Whether any car could be booked for this interval now.
pub fn check_when(now: Timestamp, policy: &Policy, wanted: Interval) -> Result<(), Refusal> {
    let earliest = earlier(now, policy.start_past_max);
    let latest = later(now, policy.horizon_max);
    if wanted.start() < earliest {
        return Err(Refusal::StartPast {
            start: wanted.start(),
            earliest,
        });
    }
    if wanted.start() > latest {
        return Err(Refusal::TooFarAhead {
            start: wanted.start(),
            latest,
        });
    }
    check_end(now, policy, wanted)
}

/// Whether a booking may last so long and end then, whenever it began.
pub(super) fn check_end(now: Timestamp, policy: &Policy, wanted: Interval) -> Result<(), Refusal> {
    if wanted.end() <= now {
        return Err(Refusal::EndPast { end: wanted.end(), now });
    }
    let length_max = policy.booking_length_max;
    if wanted.length() > length_max {
        return Err(Refusal::TooLong {
            length: wanted.length(),
            length_max,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{at, span};
    use super::*;

    const DAY_MINUTES: i64 = 24 * 60;

    #[test]
    fn each_limit_is_allowed_and_a_microsecond_more_is_not() {
        let policy = Policy::default();
        let micro = SignedDuration::from_micros(1);
        let year = 365 * DAY_MINUTES;
        let month = 30 * DAY_MINUTES;
        let moved = |wanted: Interval, by| Interval::new(wanted.start() + by, wanted.end() + by).unwrap();
        let longer = Interval::new(at(0), at(month) + micro).unwrap();
        for (wanted, answer) in [
            (span(-5, 60), Ok(())),
            (
                moved(span(-5, 60), -micro),
                Err(Refusal::StartPast {
                    start: at(-5) - micro,
                    earliest: at(-5),
                }),
            ),
            (span(year, year + 60), Ok(())),
            (
                moved(span(year, year + 60), micro),
                Err(Refusal::TooFarAhead {
                    start: at(year) + micro,
                    latest: at(year),
                }),
            ),
            (span(0, month), Ok(())),
            (
                longer,
                Err(Refusal::TooLong {
                    length: longer.length(),
                    length_max: policy.booking_length_max,
                }),
            ),
            (moved(span(-4, 0), micro), Ok(())),
            (span(-4, 0), Err(Refusal::EndPast { end: at(0), now: at(0) })),
        ] {
            assert_eq!(check_when(at(0), &policy, wanted), answer, "{wanted:?}");
        }
    }

    #[test]
    fn the_tenth_booking_is_made_and_the_eleventh_refused() {
        let policy = Policy::default();
        assert_eq!(check_open_bookings(9, &policy), Ok(()));
        assert_eq!(
            check_open_bookings(10, &policy),
            Err(Refusal::TooManyOpen { open: 10, limit: 10 })
        );
    }

    #[test]
    fn a_refusal_says_what_was_wanted_and_what_is_possible() {
        let policy = Policy::default();
        let refusal = check_when(at(0), &policy, span(0, 31 * DAY_MINUTES)).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "the booking would last 744h, the longest possible is 720h"
        );
    }
}
