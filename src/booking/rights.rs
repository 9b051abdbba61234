//! Who may open and close a car when: the right that a booking mints.
//!
//! It is looked up at the moment of use and never kept. It is for exactly the booked car and the
//! commands `unlock` and `lock`. Invariant: at no instant do two bookings of one car hold a right, because
//! only the first live one can.

use jiff::Timestamp;

use super::interval::{earlier, later};
use super::{Booking, BookingId, BookingState, CarId, Policy, Schedule, UserId};

/// The commands that a right covers.
pub const RIGHT_COMMANDS: [&str; 2] = ["unlock", "lock"];

/// A right that holds now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Right {
    /// The booking it follows from.
    pub booking: BookingId,
    /// The only car it is for.
    pub car: CarId,
    /// Who has it.
    pub user: UserId,
    /// Since when: the start less the grace before it.
    pub from: Timestamp,
    /// Until when, unless the booking ends sooner: the end and the grace after it.
    pub until: Timestamp,
}

impl Right {
    /// Whether it allows this command on this car at this instant.
    pub fn covers(&self, car: CarId, command: &str, at: Timestamp) -> bool {
        car == self.car && RIGHT_COMMANDS.contains(&command) && self.from <= at && at < self.until
    }
}

/// Why a booking gives no right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RightRefusal {
    /// It is too early.
    #[error("booking {booking} opens the car from {from}, it is {now} now")]
    NotYet {
        /// The booking.
        booking: BookingId,
        /// When its right starts.
        from: Timestamp,
        /// What time it is.
        now: Timestamp,
    },
    /// The booking before it has not ended.
    #[error(
        "booking {booking} has to wait, the car is not back from the booking before it, which was until {until}"
    )]
    CarNotBack {
        /// The booking.
        booking: BookingId,
        /// The one that it waits for.
        predecessor: BookingId,
        /// When that one should end, or should have ended.
        until: Timestamp,
    },
    /// It is too late.
    #[error("the right of booking {booking} ended at {at}")]
    Expired {
        /// The booking.
        booking: BookingId,
        /// When its right ended.
        at: Timestamp,
    },
    /// The booking is not live.
    #[error("booking {booking} is {state} and opens nothing")]
    Ended {
        /// The booking.
        booking: BookingId,
        /// What became of it.
        state: BookingState,
    },
}

/// The right that `booking` gives at `now`. `schedule` is that of its car.
pub fn right_to_operate(
    schedule: &Schedule,
    booking: &Booking,
    now: Timestamp,
    policy: &Policy,
) -> Result<Right, RightRefusal> {
    let id = booking.id;
    if !booking.state.is_live() {
        return Err(RightRefusal::Ended {
            booking: id,
            state: booking.state,
        });
    }
    let from = earlier(booking.interval.start(), policy.grace_before);
    if now < from {
        return Err(RightRefusal::NotYet {
            booking: id,
            from,
            now,
        });
    }
    if booking.state == BookingState::Reserved && now >= policy.no_show_at(booking.interval) {
        return Err(RightRefusal::Ended {
            booking: id,
            state: BookingState::NoShow,
        });
    }
    let until = later(booking.interval.end(), policy.grace_after);
    if now >= until {
        return Err(RightRefusal::Expired {
            booking: id,
            at: until,
        });
    }
    // One that nobody came for has ended even if that is not recorded yet; it can get no right either.
    let holds_car =
        |state, interval| state != BookingState::Reserved || now < policy.no_show_at(interval);
    match schedule
        .before(booking)
        .find(|slot| holds_car(slot.state, slot.interval))
    {
        Some(slot) => Err(RightRefusal::CarNotBack {
            booking: id,
            predecessor: slot.id,
            until: slot.interval.end(),
        }),
        None => Ok(Right {
            booking: id,
            car: booking.car,
            user: booking.user,
            from,
            until,
        }),
    }
}
