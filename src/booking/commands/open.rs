//! What unlocking and locking share: the right is looked up, the car is asked, its acknowledgement is the answer.

use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Ended, explain};
use crate::booking::engine::{Authorise, Begin, Open, Opened};
use crate::booking::{BookingId, CarId, Right};
use crate::command::Caller;
use crate::command::dispatch::kept;
use crate::error::Error;
use crate::fleet::command_state::CommandState;
use crate::fleet::operator::{self, Answer, Operate, Operated, Reply};
use crate::fleet::{CarCommand, Purpose};
use crate::house::House;
use crate::store::change::Change;
use crate::wire::{self, ErrorCode};

/// How much longer than the car's own time an opening may take, everything included.
const OPEN_SLACK: Duration = Duration::from_secs(5);

/// How often the engine is asked again while another change of the booking is being saved.
const BEGIN_TRIES_MAX: u32 = 20;
/// The pause before each time.
const BEGIN_PAUSE: Duration = Duration::from_millis(50);

/// What the car acknowledged.
#[derive(Debug, Serialize, JsonSchema)]
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
    if name != CarCommand::Unlock {
        return Ok(house.operator.ask(operate).await??);
    }
    // Kept until the car has answered: a booking given up meanwhile would leave a car open for nobody.
    let answer_max = Duration::from_millis(house.config.limits.car_command_ms).saturating_add(OPEN_SLACK);
    let until = now.saturating_add(answer_max).unwrap_or(Timestamp::MAX);
    let booking = right.booking;
    house.bookings.ask(Open { booking, until }).await??;
    let operated = house.operator.ask(operate).await;
    if matches!(operated, Ok(Ok(_))) {
        let change = Change {
            request: None,
            ..caller.change(house.clock.now())
        };
        // Logged where it happens; the answer is the car's.
        drop(begin(house, booking, change).await);
    }
    if let Err(err) = house.bookings.ask(Opened(booking)).await {
        tracing::debug!(booking.id = %booking, %err, "the engine did not hear that an opening ended; it knows the latest time");
    }
    Ok(operated??)
}

/// A car's late answer: an unlock that turns out to have been done begins its booking then. A booking that was
/// given up meanwhile leaves a car open for nobody, which is locked again.
pub(crate) async fn late_answer(house: &House, car: CarId, answer: wire::Answer) {
    let Some(settled) = operator::late_answer(&house.operator, car, answer).await else {
        return;
    };
    if let (CarCommand::Unlock, CommandState::Done, Some(booking)) = (settled.name, settled.state, settled.booking) {
        let change = Change {
            at: house.clock.now(),
            who: settled.who,
            what: "late answer".to_owned(),
            request: None,
        };
        let begun = begin(house, booking, change.clone()).await;
        if begun.is_err_and(|err| err.code() != ErrorCode::Busy && !err.is_transient()) {
            lock_again(house, car, booking, change).await;
        }
    }
}

async fn lock_again(house: &House, car: CarId, booking: BookingId, change: Change) {
    let lock = Operate {
        car,
        name: CarCommand::Lock,
        on: Purpose::Booking(booking),
        until: None,
        change,
        reply: Reply::none(),
    };
    let locked = house.operator.ask(lock).await;
    if let Err(err) = locked
        .map_err(Error::from)
        .and_then(|locked| locked.map_err(Error::from))
    {
        tracing::error!(car.id = %car, booking.id = %booking, %err, "a car stands open without a booking");
    }
}

/// The car is open whatever the store says; what fails here is mended by the engine's next start, which finds the
/// acknowledged unlock and begins the booking then.
async fn begin(house: &House, booking: BookingId, change: Change) -> Result<(), Error> {
    let mut tries = 1;
    loop {
        let begin = Begin {
            booking,
            change: change.clone(),
        };
        let begun = house.bookings.ask(begin).await.map_err(Error::from);
        match begun.and_then(|begun| begun.map_err(Error::from)) {
            Err(err) if err.code() == ErrorCode::Busy && tries < BEGIN_TRIES_MAX => {
                tries += 1;
                tokio::time::sleep(BEGIN_PAUSE).await;
            }
            Err(err) => {
                tracing::error!(booking.id = %booking, %err, "an opened booking could not be begun");
                return Err(err);
            }
            Ok(()) => return Ok(()),
        }
    }
}
