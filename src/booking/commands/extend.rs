//! `s.extend(booking, end)`: moves the end of a booking.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Ended, explain, instant, keep_view, party};
use crate::booking::view::BookingView;
use crate::booking::{BookingId, engine};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Moves the end of a booking, later if the car is free until then, or sooner. The price follows the booked time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Extend {
    /// Number of the booking.
    booking: i64,
    /// The new end, RFC 3339.
    end: String,
}

impl Command for Extend {
    const NAME: &'static str = "s.extend";
    const CATEGORY: Category = Category::Booking;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = BookingView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let party = party(caller);
        let extend = engine::Extend {
            booking: BookingId(self.booking),
            end: instant("end", &self.end)?,
            party,
            change: caller.change(house.clock.now()),
            keep: keep_view,
        };
        match house.bookings.ask(extend).await? {
            Ok(extended) => Ok(BookingView::from(&extended)),
            Err(err) => Err(explain(err, house, &party, Ended::ChangesNoMore).await),
        }
    }
}
