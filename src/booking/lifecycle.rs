//! What becomes of a booking: begun, extended, cancelled, returned.
//!
//! Each change is a method that gives the changed booking or says why not; the caller saves it. Only
//! this file and `due` set `state`. The price is always rate times time from the booked start, at the rate
//! stored at booking.

use jiff::{SignedDuration, Timestamp};

use super::interval::micros_down;
use super::limits::check_end;
use super::{
    Booking, BookingId, BookingState, CarId, Interval, Money, MoneyError, Policy, Refusal, ReportError, ReturnReport,
    Schedule, UserId,
};

/// Why a booking does not change.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LifecycleError {
    /// It is finished, cancelled or a no-show.
    #[error("booking {booking} is {state} and changes no more")]
    Ended {
        /// The booking.
        booking: BookingId,
        /// What became of it.
        state: BookingState,
    },
    /// The car was already opened for it.
    #[error("booking {booking} is {state} and has already begun")]
    AlreadyBegun {
        /// The booking.
        booking: BookingId,
        /// Ongoing or overdue.
        state: BookingState,
    },
    /// The rider has the car: it has to come back.
    #[error("booking {booking} is {state} and can no longer be cancelled, return it instead")]
    ReturnInstead {
        /// The booking.
        booking: BookingId,
        /// Ongoing or overdue.
        state: BookingState,
    },
    /// The car was never opened for it.
    #[error("booking {booking} is reserved and has not begun, cancel it instead of returning it")]
    NotBegun {
        /// The booking.
        booking: BookingId,
    },
    /// What the return reported cannot be.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The new end is not possible.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The price cannot be kept.
    #[error(transparent)]
    Price(#[from] MoneyError),
}

impl Booking {
    /// A new booking at the car's rate. Whether it may be made is for the schedule to say.
    pub fn reserve(
        id: BookingId,
        car: CarId,
        user: UserId,
        interval: Interval,
        rate_per_hour: Money,
        now: Timestamp,
    ) -> Result<Self, MoneyError> {
        Ok(Self {
            id,
            car,
            user,
            interval,
            state: BookingState::Reserved,
            rate_per_hour,
            price: rate_per_hour.per_hour_for(interval.length())?,
            created_at: micros_down(now),
            started_at: None,
            ended_at: None,
            returned: None,
        })
    }

    /// The first unlock: the rider has the car from now on.
    pub fn begin(&self, now: Timestamp) -> Result<Self, LifecycleError> {
        self.check_live()?;
        if self.state.is_out() {
            return Err(LifecycleError::AlreadyBegun {
                booking: self.id,
                state: self.state,
            });
        }
        Ok(Self {
            state: BookingState::Ongoing,
            started_at: Some(micros_down(now)),
            ..self.clone()
        })
    }

    /// Gives the booking up. Its price stays as booked.
    pub fn cancel(&self, now: Timestamp) -> Result<Self, LifecycleError> {
        self.check_live()?;
        if self.state.is_out() {
            return Err(LifecycleError::ReturnInstead {
                booking: self.id,
                state: self.state,
            });
        }
        Ok(Self {
            state: BookingState::Cancelled,
            ended_at: Some(micros_down(now)),
            ..self.clone()
        })
    }

    /// Moves the end, later or sooner but not into the past. An overdue booking is ongoing again.
    pub fn extend(
        &self,
        new_end: Timestamp,
        schedule: &Schedule,
        now: Timestamp,
        policy: &Policy,
    ) -> Result<Self, LifecycleError> {
        self.check_live()?;
        let interval = Interval::new(self.interval.start(), new_end).map_err(Refusal::from)?;
        check_end(now, policy, interval)?;
        schedule.check_free(now, policy, interval, Some(self.id))?;
        let price = self.rate_per_hour.per_hour_for(interval.length())?;
        let state = if self.state.is_out() {
            BookingState::Ongoing
        } else {
            self.state
        };
        Ok(Self {
            interval,
            price,
            state,
            ..self.clone()
        })
    }

    /// The return: the booking is finished and its price settled.
    pub fn finish(&self, now: Timestamp, report: ReturnReport, policy: &Policy) -> Result<Self, LifecycleError> {
        self.check_live()?;
        if !self.state.is_out() {
            return Err(LifecycleError::NotBegun { booking: self.id });
        }
        report.check()?;
        let now = micros_down(now);
        let price = self.settled_price(now, policy)?;
        Ok(Self {
            state: BookingState::Finished,
            ended_at: Some(now),
            returned: Some(report),
            price,
            ..self.clone()
        })
    }

    /// What the booking costs when the car is back at `ended_at`: late time is added at the same rate, early
    /// return costs the same unless the policy gives it back.
    pub fn settled_price(&self, ended_at: Timestamp, policy: &Policy) -> Result<Money, MoneyError> {
        let used = self.interval.start().duration_until(ended_at).max(SignedDuration::ZERO);
        let booked = self.interval.length();
        self.rate_per_hour.per_hour_for(if policy.early_return_refund {
            used
        } else {
            used.max(booked)
        })
    }

    fn check_live(&self) -> Result<(), LifecycleError> {
        if self.state.is_live() {
            return Ok(());
        }
        Err(LifecycleError::Ended {
            booking: self.id,
            state: self.state,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::IntervalError;
    use super::super::fixture::{at, booking, free, in_state, report, span};
    use super::*;

    #[test]
    fn each_change_is_possible_from_its_states_only() {
        use BookingState::{Cancelled, Finished, NoShow, Ongoing, Overdue, Reserved};
        let policy = Policy::default();
        for (from, begun, cancelled, extended, finished) in [
            (Reserved, Some(Ongoing), Some(Cancelled), Some(Reserved), None),
            (Ongoing, None, None, Some(Ongoing), Some(Finished)),
            (Overdue, None, None, Some(Ongoing), Some(Finished)),
            (Finished, None, None, None, None),
            (Cancelled, None, None, None, None),
            (NoShow, None, None, None, None),
        ] {
            let booking = in_state(from);
            let state = |change: Result<Booking, _>| change.ok().map(|booking: Booking| booking.state);
            assert_eq!(state(booking.begin(at(60))), begun, "begin {from}");
            assert_eq!(state(booking.cancel(at(60))), cancelled, "cancel {from}");
            assert_eq!(
                state(booking.extend(at(130), &free(&booking), at(60), &policy)),
                extended,
                "extend {from}"
            );
            assert_eq!(
                state(booking.finish(at(60), report(), &policy)),
                finished,
                "finish {from}"
            );
        }
    }

    #[test]
    fn a_refused_change_says_what_to_do_instead() {
        let policy = Policy::default();
        let booking = BookingId(1);
        for (refusal, wanted) in [
            (
                in_state(BookingState::Ongoing).cancel(at(60)),
                LifecycleError::ReturnInstead {
                    booking,
                    state: BookingState::Ongoing,
                },
            ),
            (
                in_state(BookingState::Overdue).begin(at(60)),
                LifecycleError::AlreadyBegun {
                    booking,
                    state: BookingState::Overdue,
                },
            ),
            (
                in_state(BookingState::Reserved).finish(at(60), report(), &policy),
                LifecycleError::NotBegun { booking },
            ),
            (
                in_state(BookingState::NoShow).begin(at(60)),
                LifecycleError::Ended {
                    booking,
                    state: BookingState::NoShow,
                },
            ),
        ] {
            assert_eq!(refusal, Err(wanted));
        }
    }

    #[test]
    fn an_extension_keeps_the_rate_and_never_ends_in_the_past() {
        let policy = Policy::default();
        let own = in_state(BookingState::Ongoing);
        let mut schedule = free(&own);
        schedule.put(&booking(2, span(180, 240)));
        let end = |minute| own.extend(at(minute), &schedule, at(90), &policy);
        for (minute, minor) in [(180, 2600), (150, 1950), (91, 672)] {
            let extended = end(minute).unwrap();
            assert_eq!(
                (extended.interval, extended.price.minor),
                (span(60, minute), minor),
                "{minute}"
            );
        }
        assert_eq!(
            end(90),
            Err(Refusal::EndPast {
                end: at(90),
                now: at(90)
            }
            .into())
        );
        let (start, backwards) = (at(60), at(60));
        let empty = IntervalError::EndNotAfterStart { start, end: backwards };
        assert_eq!(end(60), Err(Refusal::BadInterval(empty).into()));
        let conflict = Refusal::Conflict {
            in_the_way: span(180, 240),
            next_free: span(240, 361),
        };
        assert_eq!(end(181), Err(conflict.into()));
    }

    #[test]
    fn extensions_do_not_get_round_the_longest_booking() {
        let policy = Policy::default();
        let own = in_state(BookingState::Ongoing);
        let month = 60 + 30 * 24 * 60;
        let end = |minute| own.extend(at(minute), &free(&own), at(90), &policy);
        assert!(end(month).is_ok());
        assert!(matches!(
            end(month + 1),
            Err(LifecycleError::Refused(Refusal::TooLong { .. }))
        ));
    }

    #[test]
    fn late_time_is_charged_and_early_return_only_refunded_by_policy() {
        let plain = Policy::default();
        let refund = Policy {
            early_return_refund: true,
            ..plain
        };
        for (back_at, policy, minor) in [
            (90, plain, 1300),
            (120, plain, 1300),
            (150, plain, 1950),
            (121, plain, 1322),
            (90, refund, 650),
            (150, refund, 1950),
            (58, refund, 0),
        ] {
            let finished = in_state(BookingState::Ongoing)
                .finish(at(back_at), report(), &policy)
                .unwrap();
            assert_eq!(finished.price.minor, minor, "back at {back_at}");
            assert_eq!(
                (finished.ended_at, finished.returned),
                (Some(at(back_at)), Some(report()))
            );
        }
    }
}
