//! What is taken of the time of cars, for those who show it: as it is held here, what is not on the disk yet included.

use actix::prelude::*;

use super::Bookings;
use crate::booking::lookup::{CarTime, Wished};
use crate::booking::refusal::BookingError;

/// What is taken.
#[derive(Message)]
#[rtype(result = "Result<Vec<CarTime>, BookingError>")]
pub(crate) struct Calendar(pub(crate) Wished);

impl Handler<Calendar> for Bookings {
    type Result = Result<Vec<CarTime>, BookingError>;

    fn handle(&mut self, Calendar(wished): Calendar, _ctx: &mut Self::Context) -> Self::Result {
        self.ledger.calendar(&wished, self.clock.now())
    }
}
