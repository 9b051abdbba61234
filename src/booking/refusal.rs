//! Why the engine refuses, and whose call it answers to.
//!
//! Pure. Every refusal names what was got and what is in the way.

use super::{Booking, BookingId, CarId, LifecycleError, MoneyError, Refusal, RightRefusal, UserId};
use crate::fleet::{CarRef, Condition};

/// Why the engine refuses.
#[derive(Debug, thiserror::Error)]
pub enum BookingError {
    /// No such car.
    #[error("there is no car {0}")]
    UnknownCar(CarRef),
    /// No such live booking.
    #[error("there is no open booking {0}")]
    UnknownBooking(BookingId),
    /// Not the caller's.
    #[error("booking {0} is somebody else's")]
    NotYours(BookingId),
    /// The caller has nothing to return here.
    #[error("{0}")]
    NothingToReturn(&'static str),
    /// The car cannot be driven.
    #[error("car {car} is {condition} and cannot be used now")]
    NotUsable {
        /// Its name.
        car: String,
        /// Reported, under repair, out of service or retired.
        condition: Condition,
    },
    /// Somebody has it, or will.
    #[error("car {car} is booked (live bookings: {live}); cancel or return them first")]
    Booked {
        /// Its name.
        car: String,
        /// How many live bookings it has.
        live: usize,
    },
    /// A change of the same booking is being saved.
    #[error("another change of booking {0} is being saved")]
    Changing(BookingId),
    /// Whether the car opens is not known yet.
    #[error("the car of booking {0} is being opened, wait for its answer")]
    Opening(BookingId),
    /// The schedule says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The booking's state says no.
    #[error(transparent)]
    Lifecycle(#[from] LifecycleError),
    /// The right does not hold now.
    #[error(transparent)]
    Right(#[from] RightRefusal),
    /// The price cannot be kept.
    #[error(transparent)]
    Price(#[from] MoneyError),
    /// What the return reported contradicts what is known.
    #[error("{0}")]
    BadReport(String),
    /// More is taken than one answer says.
    #[error("more than {0} stretches of the car's time are taken then; ask for a shorter time")]
    TooMuchTaken(usize),
    /// The store did not keep it.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
}

/// Whose call it is, as far as bookings ask.
#[derive(Debug, Clone, Copy, Default)]
pub struct Party {
    /// Its account.
    pub user: Option<UserId>,
    /// The car it is the unit of.
    pub car: Option<CarId>,
    /// Manager or admin.
    pub is_operator: bool,
}

impl Party {
    /// The rider and operators.
    pub(super) fn may_change(&self, booking: &Booking) -> Result<(), BookingError> {
        if self.is_operator || self.user == Some(booking.user) {
            Ok(())
        } else {
            Err(BookingError::NotYours(booking.id))
        }
    }

    /// The rider, operators, and the unit of the booked car.
    pub(super) fn may_return(&self, booking: &Booking) -> Result<(), BookingError> {
        if self.car == Some(booking.car) {
            return Ok(());
        }
        self.may_change(booking)
    }
}
