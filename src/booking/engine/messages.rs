//! What the booking engine can be asked; handled beside, in the engine.

use actix::prelude::*;
use jiff::Timestamp;

use crate::booking::lookup::Offer;
use crate::booking::offers::Validity;
use crate::booking::refusal::{BookingError, Party};
use crate::booking::store::NamedBooking;
use crate::booking::{BookingId, BookingState, CarId, Interval, ReturnReport, Right, UserId};
use crate::fleet::{Car, CarRef};
use crate::place::Position;
use crate::store::change::Change;

/// Makes the bytes of a reply, kept with its request id in the same commit.
pub(crate) type Keep = fn(&NamedBooking) -> Option<Vec<u8>>;

pub(crate) type Answer = Result<NamedBooking, BookingError>;

/// Which cars are free.
#[derive(Message)]
#[rtype(result = "Result<Free, BookingError>")]
pub(crate) struct Availability {
    /// For this time.
    pub(crate) interval: Interval,
    /// Near here, within so many metres.
    pub(crate) near: Option<(Position, Option<f64>)>,
}

/// What is free, and how long that is known.
pub(crate) struct Free {
    pub(crate) offers: Vec<Offer>,
    pub(crate) validity: Validity,
}

/// Book a car.
#[derive(Message)]
#[rtype(result = "Answer")]
pub(crate) struct Book {
    pub(crate) car: CarRef,
    pub(crate) interval: Interval,
    pub(crate) user: UserId,
    pub(crate) username: String,
    pub(crate) change: Change,
    pub(crate) keep: Keep,
}

/// Move the end of a booking.
#[derive(Message)]
#[rtype(result = "Answer")]
pub(crate) struct Extend {
    pub(crate) booking: BookingId,
    pub(crate) end: Timestamp,
    pub(crate) party: Party,
    pub(crate) change: Change,
    pub(crate) keep: Keep,
}

/// Give a booking up.
#[derive(Message)]
#[rtype(result = "Answer")]
pub(crate) struct Cancel {
    pub(crate) booking: BookingId,
    pub(crate) party: Party,
    pub(crate) change: Change,
    pub(crate) keep: Keep,
}

/// The car was opened for a booking.
#[derive(Message)]
#[rtype(result = "Result<(), BookingError>")]
pub(crate) struct Begin {
    pub(crate) booking: BookingId,
    pub(crate) change: Change,
}

/// A car comes back.
#[derive(Message)]
#[rtype(result = "Answer")]
pub(crate) struct Return {
    pub(crate) booking: BookingId,
    pub(crate) party: Party,
    pub(crate) report: ReturnReport,
    pub(crate) change: Change,
    pub(crate) keep: Keep,
}

/// Which booking a return is for, its car and its rider.
#[derive(Message)]
#[rtype(result = "Result<(BookingId, CarId, UserId), BookingError>")]
pub(crate) struct ToReturn {
    pub(crate) booking: Option<BookingId>,
    pub(crate) party: Party,
}

/// May this caller operate the car of this booking now?
#[derive(Message)]
#[rtype(result = "Result<(Right, BookingState), BookingError>")]
pub(crate) struct Authorise {
    pub(crate) booking: BookingId,
    pub(crate) party: Party,
}

/// May this person, standing at this car, open it now? `None`: no live booking at all.
#[derive(Message)]
#[rtype(result = "Result<Option<Right>, BookingError>")]
pub(crate) struct AuthoriseAt {
    pub(crate) car: CarId,
    pub(crate) user: UserId,
}

/// The car of a booking is about to be opened, which ends by so late; keeps the booking until [`Opened`].
#[derive(Message)]
#[rtype(result = "Result<(), BookingError>")]
pub(crate) struct Open {
    pub(crate) booking: BookingId,
    pub(crate) until: Timestamp,
}

/// The opening of a car has ended, whatever came of it.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Opened(pub(crate) BookingId);

/// A car by name or id.
#[derive(Message)]
#[rtype(result = "Result<Car, BookingError>")]
pub(crate) struct FindCar(pub(crate) CarRef);

/// Cars were added or changed in the store.
#[derive(Message)]
#[rtype(result = "Result<(), BookingError>")]
pub(crate) struct CarsChanged(pub(crate) Vec<CarId>);

/// Look for bookings that time has changed; answers how many, once they are saved.
#[derive(Message)]
#[rtype(result = "Result<usize, BookingError>")]
pub(crate) struct Sweep;
