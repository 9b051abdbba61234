//! What unlocking and locking share: the right is looked up, the car is asked, its acknowledgement is the answer.

use serde::Serialize;

use super::{Ended, explain};
use crate::booking::engine::{Authorise, Begin};
use crate::booking::{BookingId, Right};
use crate::command::Caller;
use crate::command::dispatch::kept;
use crate::error::Error;
use crate::fleet::operator::{Answer, Operate, Operated, Reply};
use crate::fleet::{CarCommand, Purpose};
use crate::house::House;
use crate::wire::ErrorCode;

/// What the car acknowledged.
#[derive(Debug, Serialize)]
pub(crate) struct Acknowledged {
    command: i64,
    state: &'static str,
    done_at: String,
}

impl From<&Operated> for Acknowledged {
    fn from(operated: &Operated) -> Self {
        Self {
            command: operated.command,
            state: operated.state.as_str(),
            done_at: operated.done_at.to_string(),
        }
    }
}

/// Looks the right up, sends the command, and waits for the car.
pub(super) async fn by_booking(
    caller: &Caller,
    house: &House,
    booking: i64,
    name: CarCommand,
) -> Result<Acknowledged, Error> {
    let party = super::party(caller);
    let authorise = Authorise {
        booking: BookingId(booking),
        party,
    };
    let right = match house.bookings.ask(authorise).await? {
        Ok((right, _)) => right,
        Err(err) => return Err(explain(err, house, &party, Ended::OpensNothing).await),
    };
    let reply = Reply::kept(|answer: &Answer| kept(answer.as_ref().map(Acknowledged::from).map_err(Error::from)));
    let operated = operate(caller, house, &right, name, reply).await?;
    Ok(Acknowledged::from(&operated))
}

/// Sends a command under a right that holds now. The first unlock begins the booking.
pub(super) async fn operate(
    caller: &Caller,
    house: &House,
    right: &Right,
    name: CarCommand,
    reply: Reply,
) -> Result<Operated, Error> {
    let now = house.clock.now();
    if !right.covers(right.car, name.as_str(), now) {
        return Err(Error::new(
            ErrorCode::Forbidden,
            format!("a booking gives no right to `{}`", name.as_str()),
        ));
    }
    let operate = Operate {
        car: right.car,
        name,
        on: Purpose::Booking(right.booking),
        until: Some(right.until),
        change: caller.change(now),
        reply,
    };
    let operated = house.operator.ask(operate).await??;
    if name == CarCommand::Unlock {
        let begin = Begin {
            booking: right.booking,
            change: crate::store::change::Change {
                request: None,
                ..caller.change(house.clock.now())
            },
        };
        // The car is open whatever the store says; the engine's next start finds the unlock and begins it then.
        if let Err(err) = house
            .bookings
            .ask(begin)
            .await
            .map_err(Error::from)
            .and_then(|begun| begun.map_err(Error::from))
        {
            tracing::error!(booking.id = %right.booking, %err, "an opened booking could not be begun");
        }
    }
    Ok(operated)
}
