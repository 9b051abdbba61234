//! `booking-clock`: has the booking engine look for what only the time brings, no-shows and late cars.
//!
//! While it is off nothing goes wrong and nothing is lost, it is only late: a booking that nobody used keeps its
//! car and may still be begun, a late car is not yet called overdue. The first round afterwards makes up for it.

use std::time::Duration;

use super::recipe::{Repeating, Rhythm};
use crate::booking::engine::Sweep;
use crate::error::Error;
use crate::house::House;

/// Holds nothing: what is due is the engine's to know.
pub(crate) struct BookingClock;

impl Repeating for BookingClock {
    const NAME: &'static str = "booking-clock";

    fn rhythm(house: &House) -> Rhythm {
        Rhythm::every(Duration::from_millis(house.config.services.booking_clock_ms))
    }

    fn fresh(_house: &House) -> Self {
        Self
    }

    async fn round(&mut self, house: &House) -> Result<String, Error> {
        Ok(match house.bookings.ask(Sweep).await?? {
            0 => String::new(),
            1 => "1 booking changed".to_owned(),
            changed => format!("{changed} bookings changed"),
        })
    }
}
