//! `s.book(car, start, end)`: a booking, durable when it is answered.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{interval, keep_view};
use crate::booking::engine;
use crate::booking::view::BookingView;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::CarRef;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Books a car for a time. Its price is fixed now; the car opens for you from shortly before until shortly after.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Book {
    /// Name or id of the car.
    car: CarRef,
    /// First instant, RFC 3339; at most a few minutes ago.
    start: String,
    /// End, RFC 3339; not included.
    end: String,
}

impl Command for Book {
    const NAME: &'static str = "s.book";
    const CATEGORY: Category = Category::Booking;
    const NEEDS: Permission = Permission::Customer;
    const CHANGES: bool = true;
    type Reply = BookingView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let book = engine::Book {
            car: self.car,
            interval: interval(&self.start, &self.end)?,
            user: caller.user()?,
            username: caller.username(),
            change: caller.change(house.clock.now()),
            keep: keep_view,
        };
        let booked = house.bookings.ask(book).await??;
        Ok(BookingView::from(&booked))
    }
}
