//! What becomes of a booking: begun, extended, cancelled, returned, late, or never used.
//!
//! Each change is a method that gives the changed booking or says why not; the caller saves it. Nobody else
//! sets `state`. The price is always rate times time from the booked start, at the rate stored at booking.

use jiff::{SignedDuration, Timestamp};

use super::interval::later;
use super::schedule::check_end;
use super::{
    Booking, BookingId, BookingState, CarId, Interval, Money, MoneyError, Policy, Refusal,
    ReturnReport, Schedule, UserId,
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
    #[error("got {field} {got}, wanted {wanted}")]
    BadReport {
        /// The field.
        field: &'static str,
        /// Its value.
        got: f64,
        /// What it may be.
        wanted: &'static str,
    },
    /// The new end is not possible.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The price cannot be kept.
    #[error(transparent)]
    Price(#[from] MoneyError),
}

/// A change that only the time brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// Nobody came until `at`.
    NoShow {
        /// When that was certain.
        at: Timestamp,
    },
    /// The car was not back `at` the end.
    Overdue {
        /// The end.
        at: Timestamp,
    },
}

impl Policy {
    /// When a booking of this interval that nobody used is a no-show.
    pub fn no_show_at(&self, interval: Interval) -> Timestamp {
        later(interval.start(), self.no_show_after).min(interval.end())
    }
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
            created_at: now,
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
            started_at: Some(now),
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
            ended_at: Some(now),
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
    pub fn finish(
        &self,
        now: Timestamp,
        report: ReturnReport,
        policy: &Policy,
    ) -> Result<Self, LifecycleError> {
        self.check_live()?;
        if !self.state.is_out() {
            return Err(LifecycleError::NotBegun { booking: self.id });
        }
        report.check()?;
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
        let used = self
            .interval
            .start()
            .duration_until(ended_at)
            .max(SignedDuration::ZERO);
        let booked = self.interval.length();
        self.rate_per_hour
            .per_hour_for(if policy.early_return_refund {
                used
            } else {
                used.max(booked)
            })
    }

    /// What the time has brought by `now`, if anything.
    pub fn due(&self, now: Timestamp, policy: &Policy) -> Option<Transition> {
        let at = self.next_due_at(policy).filter(|at| *at <= now)?;
        Some(match self.state {
            BookingState::Reserved => Transition::NoShow { at },
            _ => Transition::Overdue { at },
        })
    }

    /// When the time will next change the booking, if nobody does before.
    pub fn next_due_at(&self, policy: &Policy) -> Option<Timestamp> {
        match self.state {
            BookingState::Reserved => Some(policy.no_show_at(self.interval)),
            BookingState::Ongoing => Some(self.interval.end()),
            _ => None,
        }
    }

    /// The booking after a transition that `due` named.
    pub fn pass(&self, transition: Transition) -> Self {
        match transition {
            Transition::NoShow { at } => Self {
                state: BookingState::NoShow,
                ended_at: Some(at),
                ..self.clone()
            },
            Transition::Overdue { .. } => Self {
                state: BookingState::Overdue,
                ..self.clone()
            },
        }
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

impl ReturnReport {
    /// Whether the figures can be true of a car.
    fn check(&self) -> Result<(), LifecycleError> {
        let figures = [
            (
                "odometer_km",
                self.odometer_km,
                f64::MAX,
                "kilometres, not negative",
            ),
            ("fuel_percent", self.fuel_percent, 100.0, "0 to 100"),
        ];
        for (field, got, max, wanted) in figures {
            if let Some(got) = got.filter(|got| !(0.0..=max).contains(got)) {
                return Err(LifecycleError::BadReport { field, got, wanted });
            }
        }
        Ok(())
    }
}
