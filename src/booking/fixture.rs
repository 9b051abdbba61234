//! What the tests of the booking rules share: minutes on a fixed day, bookings of one car, a plain return.
//!
//! Compiled for tests only.

use iso_currency::Currency;
use jiff::{SignedDuration, Timestamp};

use super::{Booking, BookingId, BookingState, CarId, Interval, Money, ReturnReport, Schedule, UserId};
use crate::fleet::{Car, Condition, NewCar};
use crate::place::Position;

/// The instant so many minutes after the fixed one.
pub(super) fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap() + SignedDuration::from_mins(minute)
}

/// From one minute to another.
pub(super) fn span(start: i64, end: i64) -> Interval {
    Interval::new(at(start), at(end)).unwrap()
}

/// A reserved booking of car 1 by the user of the same number, at 13.00 EUR an hour.
pub(super) fn booking(id: i64, interval: Interval) -> Booking {
    let rate = Money::new(1300, Currency::EUR);
    Booking::reserve(BookingId(id), CarId(1), UserId(id), interval, rate, at(-60)).unwrap()
}

/// One booking from minute 60 to 120 in a state.
pub(super) fn in_state(state: BookingState) -> Booking {
    Booking {
        state,
        ..booking(1, span(60, 120))
    }
}

/// A car with this booking alone.
pub(super) fn free(booking: &Booking) -> Schedule {
    let mut schedule = Schedule::default();
    schedule.put(booking);
    schedule
}

/// A return without figures.
pub(super) fn report() -> ReturnReport {
    ReturnReport {
        position: Position::new(52.5, 13.4).unwrap(),
        odometer_km: None,
        fuel_percent: None,
        place: None,
        note: None,
        verified: true,
    }
}

/// A car to be written, at 13.00 EUR an hour.
pub(super) fn new_car(name: &str) -> NewCar {
    NewCar {
        name: name.to_owned(),
        plate: format!("P-{name}"),
        make: String::new(),
        model: String::new(),
        body_type: String::new(),
        colour: String::new(),
        seats: 4,
        position: Position::new(52.5, 13.4).unwrap(),
        place: String::new(),
        rate_per_hour: Money::new(1300, Currency::EUR),
    }
}

/// A usable car of that number.
pub(super) fn car(id: i64) -> Car {
    let new = new_car(&format!("car-{id}"));
    Car {
        id: CarId(id),
        name: new.name,
        plate: new.plate,
        make: new.make,
        model: new.model,
        body_type: new.body_type,
        colour: new.colour,
        seats: new.seats,
        position: new.position,
        place: new.place,
        rate_per_hour: new.rate_per_hour,
        odometer_km: None,
        fuel_percent: None,
        condition: Condition::Usable,
        created_at: at(0),
    }
}
