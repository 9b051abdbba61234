//! Cars that leave the fleet: retired in one step with what nobody has booked, so that no booking slips in between.

use actix::prelude::*;

use super::Bookings;
use crate::booking::CarId;
use crate::booking::refusal::BookingError;
use crate::fleet::store::car_set_condition;
use crate::fleet::{Car, Condition};
use crate::store::change::Change;

/// Take a car out of the fleet for good.
#[derive(Message)]
#[rtype(result = "Result<Car, BookingError>")]
pub(crate) struct RetireCar {
    pub(crate) car: CarId,
    /// Why, for the audit log.
    pub(crate) note: Option<String>,
    pub(crate) change: Change,
    /// Makes the bytes of a reply, kept with its request id.
    pub(crate) keep: fn(&Car) -> Option<Vec<u8>>,
}

impl Handler<RetireCar> for Bookings {
    type Result = ResponseActFuture<Self, Result<Car, BookingError>>;

    fn handle(&mut self, msg: RetireCar, _ctx: &mut Self::Context) -> Self::Result {
        let RetireCar {
            car,
            note,
            change,
            keep,
        } = msg;
        let before = match self.ledger.retire(car) {
            Ok(before) => before,
            Err(err) => return Box::pin(fut::ready(Err(err))),
        };
        let condition = before.condition;
        let retired = Car {
            condition: Condition::Retired,
            ..before
        };
        let answer = keep(&retired);
        let saving = self.write(move |conn| {
            car_set_condition(conn, car, Condition::Retired)?;
            change.record(conn, &format!("car:{car}"), "retired", note, answer.as_deref())
        });
        Box::pin(saving.into_actor(self).map(move |saved, engine, _| {
            // What was read of the car meanwhile may be older than this.
            let now = if saved.is_ok() { Condition::Retired } else { condition };
            engine.ledger.set_condition(car, now);
            saved?;
            Ok(retired)
        }))
    }
}
