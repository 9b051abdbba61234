//! Which cars are out, and with whom: where such a car is tells where its rider is.

use std::collections::HashMap;

use actix::prelude::*;

use super::Bookings;
use crate::booking::{CarId, UserId};

/// The cars that are out, each with its rider.
#[derive(Message)]
#[rtype(result = "HashMap<CarId, UserId>")]
pub(crate) struct CarsOut;

impl Handler<CarsOut> for Bookings {
    type Result = MessageResult<CarsOut>;

    fn handle(&mut self, _: CarsOut, _ctx: &mut Self::Context) -> Self::Result {
        MessageResult(self.ledger.cars_out())
    }
}
