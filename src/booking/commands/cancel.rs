//! `s.cancel(booking)`: gives a booking up.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Ended, explain, keep_view, party};
use crate::booking::view::BookingView;
use crate::booking::{BookingId, engine};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Gives up a booking that has not begun; its right to the car is gone at once.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Cancel {
    /// Number of the booking.
    booking: i64,
}

impl Command for Cancel {
    const NAME: &'static str = "s.cancel";
    const CATEGORY: Category = Category::Booking;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = BookingView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let party = party(caller);
        let cancel = engine::Cancel {
            booking: BookingId(self.booking),
            party,
            change: caller.change(house.clock.now()),
            keep: keep_view,
        };
        match house.bookings.ask(cancel).await? {
            Ok(cancelled) => Ok(BookingView::from(&cancelled)),
            Err(err) => Err(explain(err, house, &party, Ended::ChangesNoMore).await),
        }
    }
}
