//! Who may open a car now, for those who recognise people and must not look further than at these.

use actix::prelude::*;

use super::Bookings;
use crate::booking::{CarId, UserId};

/// Whom a live booking gives the right to open this car now: nobody or one person.
#[derive(Message)]
#[rtype(result = "Vec<UserId>")]
pub(crate) struct RidersAt(pub(crate) CarId);

impl Handler<RidersAt> for Bookings {
    type Result = MessageResult<RidersAt>;

    fn handle(&mut self, RidersAt(car): RidersAt, _ctx: &mut Self::Context) -> Self::Result {
        MessageResult(self.ledger.riders_at(car, self.clock.now()))
    }
}
