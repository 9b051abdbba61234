//! When cars are free next, for lists of them: told as it is held here, what is not on the disk yet included.

use std::collections::HashMap;

use actix::prelude::*;

use super::Bookings;
use crate::booking::CarId;
use crate::booking::calendar::FreeTime;

/// When these cars are free next; those that cannot be booked now are not there.
#[derive(Message)]
#[rtype(result = "HashMap<CarId, FreeTime>")]
pub(crate) struct FreeTimes(pub(crate) Vec<CarId>);

impl Handler<FreeTimes> for Bookings {
    type Result = MessageResult<FreeTimes>;

    fn handle(&mut self, FreeTimes(cars): FreeTimes, _ctx: &mut Self::Context) -> Self::Result {
        MessageResult(self.ledger.free_times(&cars, self.clock.now()))
    }
}
