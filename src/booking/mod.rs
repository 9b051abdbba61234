//! Bookings: who has which car from when to when, at what price, and what right follows from it.
//!
//! Here are the types; `limits` and `schedule` decide what may be booked, `rights` who may open the car when, and
//! `lifecycle` and `due` what becomes of a booking. These rules are pure: the time and the policy are arguments.
//! Invariant: live bookings of one car never overlap.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub mod calendar;
pub(crate) mod commands;
pub mod due;
pub(crate) mod engine;
#[cfg(test)]
mod fixture;
pub mod ids;
pub mod interval;
pub mod ledger;
pub mod lifecycle;
pub mod limits;
pub mod lookup;
#[cfg(test)]
mod machine;
pub mod money;
pub mod offers;
pub mod policy;
pub mod refusal;
pub mod report;
pub mod retiring;
pub mod rights;
pub mod schedule;
pub mod store;
pub mod usage;
pub(crate) mod view;

pub use due::Transition;
pub use ids::{BookingId, CarId, UserId};
pub use interval::{Interval, IntervalError};
pub use lifecycle::LifecycleError;
pub use limits::{Refusal, check_open_bookings, check_when};
pub use money::{Money, MoneyError};
pub use policy::Policy;
pub use report::{ReportError, ReturnReport};
pub use rights::{Right, RightRefusal, right_to_operate};
pub use schedule::Schedule;

/// What has become of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BookingState {
    /// Booked; the car has not been opened for it.
    Reserved,
    /// The car is out, and its time is not over.
    Ongoing,
    /// The car is out, and its time is over.
    Overdue,
    /// The car was returned.
    Finished,
    /// Given up before it began.
    Cancelled,
    /// Nobody came.
    NoShow,
}

/// A text that names no state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("got booking state `{got}`, wanted reserved, ongoing, overdue, finished, cancelled or no_show")]
pub struct UnknownState {
    /// The text that was given.
    pub got: String,
}

impl BookingState {
    /// Every state, in the order of a booking's life.
    pub const ALL: [Self; 6] = [
        Self::Reserved,
        Self::Ongoing,
        Self::Overdue,
        Self::Finished,
        Self::Cancelled,
        Self::NoShow,
    ];

    /// As the wire and the store spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Ongoing => "ongoing",
            Self::Overdue => "overdue",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
            Self::NoShow => "no_show",
        }
    }

    /// Whether the booking still keeps the car from others.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Reserved) || self.is_out()
    }

    /// Whether the rider has the car.
    pub fn is_out(self) -> bool {
        matches!(self, Self::Ongoing | Self::Overdue)
    }
}

impl fmt::Display for BookingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for BookingState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| UnknownState { got: text.to_owned() })
    }
}

/// One booking, as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Booking {
    /// Its number.
    pub id: BookingId,
    /// The car it is for.
    pub car: CarId,
    /// Whose it is.
    pub user: UserId,
    /// The time that was booked.
    pub interval: Interval,
    /// What has become of it.
    pub state: BookingState,
    /// The car's rate when it was booked; later changes do not touch it.
    pub rate_per_hour: Money,
    /// What it costs, as far as is known: booked time, after the return settled time.
    pub price: Money,
    /// When it was booked.
    pub created_at: Timestamp,
    /// When the car was first opened for it.
    pub started_at: Option<Timestamp>,
    /// When it stopped being live.
    pub ended_at: Option<Timestamp>,
    /// What the return reported.
    pub returned: Option<ReturnReport>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_reads_back_and_three_are_live() {
        for state in BookingState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        let live: Vec<_> = BookingState::ALL.into_iter().filter(|state| state.is_live()).collect();
        assert_eq!(
            live,
            [BookingState::Reserved, BookingState::Ongoing, BookingState::Overdue]
        );
        assert!("Reserved".parse::<BookingState>().is_err());
    }
}
