//! `s.calendar(start, end, car?, after?)`: what is taken of the time of cars, for a time line.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{interval, party};
use crate::booking::calendar::Taken;
use crate::booking::engine;
use crate::booking::lookup::{CarTime, Wished};
use crate::booking::{BookingId, BookingState, CarId};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::{CarRef, Condition};
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// The longest time of one answer: 31 days, one of which may have 25 hours.
const LENGTH_MAX: SignedDuration = SignedDuration::from_hours(31 * 24 + 1);

/// Tells for a time when each car is taken: what `s.book` would refuse now. You see your own bookings, operators see
/// everybody's; of others only that the time is taken, what stays free around bookings included. A car that cannot be booked
/// now is taken all the time. A hundred cars at a time, by number, fewer where much is taken.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Calendar {
    /// First instant, RFC 3339.
    start: String,
    /// End, RFC 3339; not included; at most 31 days later.
    end: String,
    /// Only of this car, by name or id.
    car: Option<CarRef>,
    /// Only cars with ids above this one: the last of the page before.
    after: Option<i64>,
}

/// One car.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CarCalendar {
    car: String,
    car_id: CarId,
    condition: Condition,
    /// By start.
    taken: Vec<TakenView>,
}

/// A stretch of time. One with a booking is that booking, whole; one without is cut to what was asked for.
#[derive(Debug, Serialize, JsonSchema)]
struct TakenView {
    start: String,
    end: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    booking: Option<BookingId>,
    /// For operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<BookingState>,
    /// There and true where the booking is your own.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    mine: bool,
}

impl From<Taken> for TakenView {
    fn from(taken: Taken) -> Self {
        let (start, end) = (taken.start.to_string(), taken.end.to_string());
        let Some(by) = taken.by else {
            return Self {
                start,
                end,
                booking: None,
                user: None,
                state: None,
                mine: false,
            };
        };
        Self {
            start,
            end,
            booking: Some(by.booking),
            user: by.user,
            state: Some(by.state),
            mine: by.is_own,
        }
    }
}

impl From<CarTime> for CarCalendar {
    fn from(time: CarTime) -> Self {
        Self {
            car: time.car.name,
            car_id: time.car.id,
            condition: time.car.condition,
            taken: time.taken.into_iter().map(TakenView::from).collect(),
        }
    }
}

impl Command for Calendar {
    const NAME: &'static str = "s.calendar";
    const CATEGORY: Category = Category::Booking;
    const NEEDS: Permission = Permission::User;
    type Reply = Vec<CarCalendar>;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let window = interval(&self.start, &self.end)?;
        if window.length() > LENGTH_MAX {
            let message = "from `start` to `end` are more than 31 days, which is the most";
            return Err(Error::new(ErrorCode::BadArguments, message));
        }
        let wished = Wished {
            window,
            car: self.car,
            after: CarId(self.after.unwrap_or_default()),
            party: party(caller),
        };
        let calendar = house.bookings.ask(engine::Calendar(wished)).await??;
        Ok(calendar.into_iter().map(CarCalendar::from).collect())
    }
}
