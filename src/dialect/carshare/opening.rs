//! An unlock at a car: through its unit where one is connected, else this connection is the unit and its reply the lock.
//!
//! What the server tells the car is looked up before it is obeyed: only the unlock that this request asked for counts,
//! never one that somebody else began at the same moment.

use std::pin::pin;

use super::At;
use super::exchange::Exchange;
use super::unit::{self, Unit};
use crate::booking::BookingId;
use crate::booking::store::booking_by_id;
use crate::command::Caller;
use crate::dialect::asking::whole;
use crate::dialect::pickle::Pickle;
use crate::error::Error;
use crate::face::commands::by_embedding_alone;
use crate::fleet::CarCommand;
use crate::fleet::command_state::CommandState;
use crate::fleet::store::{CommandFilter, CommandRow, command_list};
use crate::wire::{Args, Call, ErrorCode, Value, WireError};

/// For whom the car is to open.
pub(super) enum Whose {
    /// The rider of that user name.
    RiderNamed(String),
    /// A rider.
    Rider,
    /// An engineer with a repair.
    Engineer,
}

/// One unlock.
pub(super) struct Opening<'a> {
    pub(super) at: &'a At<'a>,
    pub(super) whose: Whose,
    /// The reply for a rider of that number.
    pub(super) yes: &'a dyn Fn(i64) -> Pickle,
}

/// By what was made of a face, on a port that does without the PIN.
pub(super) async fn by_face(at: &At<'_>, encoding: Vec<f32>) -> Result<Value, Error> {
    let caller = Caller {
        standing: at.standing.clone(),
        source: at.source(),
        command: "s.unlockface",
        request: None,
    };
    let opened = by_embedding_alone(&caller, at.house, encoding).await?;
    Value::serialized(&opened).map_err(|err| Error::new(ErrorCode::Internal, "the answer cannot be read").cause(err))
}

impl Opening<'_> {
    /// Runs `work`, which asks for the unlock, to its end; the reply, unless the car was opened by giving it.
    pub(super) async fn run(
        &self,
        work: impl Future<Output = Result<Value, Error>>,
        exchange: &mut Exchange,
    ) -> Result<Pickle, Error> {
        if unit::is_there(self.at.house, self.at.car).await? {
            return work.await.map(|answer| self.reply(&answer));
        }
        let mut unit = Unit::join(self.at.house, &self.at.standing, self.at.car, self.at.address).await?;
        let mut work = pin!(work);
        let outcome = loop {
            tokio::select! {
                outcome = &mut work => break outcome,
                Some(call) = unit.told() => self.obey(&unit, call, exchange).await,
            }
        };
        unit.leave().await;
        outcome.map(|answer| self.reply(&answer))
    }

    fn reply(&self, answer: &Value) -> Pickle {
        match self.whose {
            Whose::Engineer => Pickle::Bool(true),
            Whose::RiderNamed(_) | Whose::Rider => (self.yes)(whole(answer, "user_id").unwrap_or_default()),
        }
    }

    /// Does what the car is told: gives the reply, and says that it was done once it has arrived. Where nobody knows
    /// whether it did, nothing is said: the command is `unknown` then.
    async fn obey(&self, unit: &Unit, call: Call, exchange: &mut Exchange) {
        let reply = match self.allowed(&call, exchange).await {
            Ok(reply) => reply,
            Err(err) => return unit.answer(call.id, Err(err.to_wire())).await,
        };
        let lost = || {
            Err(WireError {
                code: ErrorCode::Unavailable,
                message: "the unit did not take the reply".to_owned(),
                detail: None,
            })
        };
        if !exchange.reply(&reply).await {
            return unit.answer(call.id, lost()).await;
        }
        match exchange.taken().await {
            Some(true) => unit.answer(call.id, Ok(Value::Null)).await,
            Some(false) => unit.answer(call.id, lost()).await,
            None => {}
        }
    }

    /// The reply that opens the car, if this is the unlock that was asked for here.
    async fn allowed(&self, call: &Call, exchange: &Exchange) -> Result<Pickle, Error> {
        let refused = |why: &str| Error::new(ErrorCode::Unavailable, why);
        if call.command != CarCommand::Unlock.as_str() || exchange.has_replied() {
            return Err(refused("this unit does nothing but the unlock it asked for"));
        }
        if self.is_late(call) {
            return Err(Error::new(ErrorCode::Expired, "the command has expired"));
        }
        let row = self.row(call.id).await?;
        let row = row.ok_or_else(|| refused("there is no such command"))?;
        let own = self.at.standing.who();
        match (&self.whose, row.booking) {
            (Whose::Engineer, None) if row.repair.is_some() => Ok(Pickle::Bool(true)),
            (Whose::RiderNamed(_) | Whose::Rider, Some(booking)) if row.who == own => self.rider(booking).await,
            _ => Err(refused("this unit did not ask for that")),
        }
    }

    fn is_late(&self, call: &Call) -> bool {
        let Args::Name(fields) = &call.args else { return true };
        let expires_at = fields.iter().find(|(name, _)| name == "expires_at");
        let expires_at = expires_at.and_then(|(_, text)| text.as_text()?.parse().ok());
        expires_at.is_none_or(|at: jiff::Timestamp| self.at.house.clock.now() >= at)
    }

    async fn row(&self, id: u64) -> Result<Option<CommandRow>, Error> {
        let Ok(id) = i64::try_from(id) else { return Ok(None) };
        let filter = CommandFilter {
            car: Some(self.at.car),
            state: Some(CommandState::Sent),
            before: id.checked_add(1),
        };
        let rows = self
            .at
            .house
            .store
            .read(move |conn| command_list(conn, filter, 1))
            .await?;
        Ok(rows.into_iter().find(|row| row.id == id))
    }

    async fn rider(&self, booking: BookingId) -> Result<Pickle, Error> {
        let named = self
            .at
            .house
            .store
            .read(move |conn| booking_by_id(conn, booking))
            .await?;
        match &self.whose {
            Whose::RiderNamed(wanted) if !wanted.eq_ignore_ascii_case(&named.user) => {
                Err(Error::new(ErrorCode::Unavailable, "this unit did not ask for that"))
            }
            _ => Ok((self.yes)(named.booking.user.0)),
        }
    }
}
