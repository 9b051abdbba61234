//! The operator: the one who tells cars what to do, and says it was done only when the car said so.
//!
//! Answers [`Operate`] and late answers of cars. Gives numbers and places, moves messages; the course of
//! one command is in [`course`]. It never judges who may: a right is checked before anything comes here.

mod course;
mod progress;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use actix::prelude::*;
use jiff::Timestamp;
use metrics::counter;
use serde::Serialize;

use self::course::{Course, House, Late, settle_late};
use super::command_state::CommandState;
use super::flight::{Flight, Full, UNSETTLED_MAX, Unsettled};
use super::store::{self, CommandRow};
use super::{CarCommand, Purpose};
use crate::account::keys::{NoRandom, random_bytes};
use crate::booking::CarId;
use crate::registry::actor::Registry;
use crate::runtime::clock::micros;
use crate::runtime::metrics::names;
use crate::runtime::{Clock, Observe, Service, ServiceError};
use crate::store::change::Change;
use crate::store::{Store, StoreError};
use crate::wire;

/// How much longer than the deadline an answer is waited for: the unit's `expired` comes after it.
pub(crate) const ANSWER_SLACK: Duration = Duration::from_millis(500);
/// Ids of commands are below this; above are the ids of questions that sessions ask by themselves.
const COMMAND_ID_END: u64 = 1 << 48;

/// Tell a car to do something, and wait until it has.
#[derive(Message)]
#[rtype(result = "Answer")]
pub(crate) struct Operate {
    /// Which car.
    pub(crate) car: CarId,
    /// What it is to do.
    pub(crate) name: CarCommand,
    /// What for.
    pub(crate) on: Purpose,
    /// The end of the right to it; the unit gets no later a deadline.
    pub(crate) until: Option<Timestamp>,
    /// Who asks.
    pub(crate) change: Change,
    /// How the answer is kept for a retry.
    pub(crate) reply: Reply,
}

/// Makes the bytes under which an answer is kept for retries; `None` keeps nothing.
pub(crate) struct Reply(Box<Keep>);

type Keep = dyn Fn(&Answer) -> Option<Vec<u8>> + Send;

impl Reply {
    /// Keeps what `bytes` makes of an answer.
    pub(crate) fn kept(bytes: impl Fn(&Answer) -> Option<Vec<u8>> + Send + 'static) -> Self {
        Self(Box::new(bytes))
    }

    /// Keeps nothing: the caller keeps an answer of its own.
    pub(crate) fn none() -> Self {
        Self::kept(|_| None)
    }

    fn bytes(&self, answer: &Answer) -> Option<Vec<u8>> {
        (self.0)(answer)
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reply(..)")
    }
}

/// What came of a command.
pub(crate) type Answer = Result<Operated, OperateError>;

/// The car did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Operated {
    /// The number of the command.
    pub(crate) command: i64,
    /// Always `done`.
    pub(crate) state: CommandState,
    /// When the car's answer came.
    pub(crate) done_at: Timestamp,
}

/// Why a car did not do it, or is not known to have.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OperateError {
    /// The car's unit is not connected; nothing was sent.
    #[error("the car is not connected")]
    Offline,
    /// Too many commands are on their way; nothing was sent.
    #[error(transparent)]
    Busy(#[from] Full),
    /// The right to it had ended before it could be sent.
    #[error("the right to it ended at {at}")]
    TooLate {
        /// When it ended.
        at: Timestamp,
    },
    /// It was not done, and never will be.
    #[error("command {command} was not done and has expired{}", because(reason))]
    Expired {
        /// Its number.
        command: i64,
        /// What kept it.
        reason: Option<String>,
    },
    /// The car said why it did not do it.
    #[error("the car did not do it{}", because(reason))]
    Failed {
        /// The number of the command.
        command: i64,
        /// In the car's words.
        reason: Option<String>,
    },
    /// It was sent, and no answer came; the car may have done it.
    #[error("the car did not answer in time, the outcome of command {command} is unknown; see s.commands()")]
    Timeout {
        /// Its number.
        command: i64,
    },
    /// The request id was used before; nothing was sent.
    #[error("this request was made before, its outcome is unknown; see s.commands()")]
    Repeated,
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The registry did not say whether the car is connected.
    #[error(transparent)]
    Registry(#[from] ServiceError),
    /// No nonce could be made.
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
}

fn because(reason: &Option<String>) -> String {
    reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default()
}

/// An answer that came when nobody waited for it any more; gives back the command it settled.
#[derive(Message)]
#[rtype(result = "Result<Option<CommandRow>, StoreError>")]
struct LateAnswer(Late);

/// How the operator is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct OperatorState {
    /// Commands on their way.
    pub(crate) in_flight: usize,
    /// Commands whose late answer would settle them.
    pub(crate) unsettled: usize,
    /// The number of the latest command.
    pub(crate) last_command: i64,
}

/// Tells cars what to do. Invariant: every command that a car can have got is `sent` in the store.
pub(crate) struct Operator {
    house: House,
    deadline: Duration,
    flight: Flight,
    unsettled: Unsettled,
    last_command: i64,
}

impl Operator {
    /// The operator at a start: what a former one left in hand is settled first.
    pub(crate) async fn load(
        store: Store,
        registry: Service<Registry>,
        clock: Clock,
        deadline: Duration,
    ) -> Result<Self, StoreError> {
        let at = clock.now();
        // A write, although it mostly reads: it comes after everything that a former life had handed in.
        let (last_command, open) = store
            .write(move |conn| {
                for row in store::command_settle_stale(conn, micros(at))? {
                    course::count(&row);
                    course::record_restart(conn, &row, at)?;
                }
                let limit = i64::try_from(UNSETTLED_MAX).unwrap_or(i64::MAX);
                Ok((store::command_last_id(conn)?, store::command_unsettled(conn, limit)?))
            })
            .await?;
        let mut unsettled = Unsettled::default();
        for (command, car) in open {
            unsettled.insert(command, car);
        }
        Ok(Self {
            house: House { store, registry, clock },
            deadline,
            flight: Flight::default(),
            unsettled,
            last_command,
        })
    }

    /// Gives a command its place, number and deadline.
    fn begin(&mut self, operate: Operate) -> Result<Course, OperateError> {
        let now = self.house.clock.now();
        let deadline = now.saturating_add(self.deadline).unwrap_or(Timestamp::MAX);
        let expires_at = operate.until.map_or(deadline, |until| until.min(deadline));
        if expires_at <= now {
            return Err(OperateError::TooLate { at: expires_at });
        }
        let nonce = random_bytes::<16>()?;
        self.flight
            .enter(operate.car)
            .inspect_err(|_| refused("car_commands"))?;
        self.last_command = self.last_command.saturating_add(1);
        let command = self.last_command;
        if self.unsettled.insert(command, operate.car).is_some() {
            refused("unsettled_commands");
        }
        Ok(Course {
            house: self.house.clone(),
            command,
            nonce: data_encoding::HEXLOWER.encode(&nonce),
            expires_at,
            operate,
        })
    }
}

fn refused(gate: &'static str) {
    counter!(names::GATE_REFUSED, "gate" => gate, "cause" => "full").increment(1);
}

impl Actor for Operator {
    type Context = Context<Self>;
}

crate::supervised!(Operator);

impl Handler<Operate> for Operator {
    type Result = ResponseActFuture<Self, Answer>;

    fn handle(&mut self, operate: Operate, _ctx: &mut Self::Context) -> Self::Result {
        let car = operate.car;
        let course = match self.begin(operate) {
            Ok(course) => course,
            Err(err) => return Box::pin(fut::ready(Err(err))),
        };
        let command = course.command;
        Box::pin(course.run().into_actor(self).map(move |answer, operator, _ctx| {
            operator.flight.leave(car);
            // What the store does not know the end of may still be answered.
            if !matches!(answer, Err(OperateError::Timeout { .. } | OperateError::Store(_))) {
                operator.unsettled.remove(command);
            }
            answer
        }))
    }
}

impl Handler<LateAnswer> for Operator {
    type Result = ResponseActFuture<Self, Result<Option<CommandRow>, StoreError>>;

    fn handle(&mut self, LateAnswer(late): LateAnswer, _ctx: &mut Self::Context) -> Self::Result {
        // Looked up here, so that a car that answers what it was never asked costs the store nothing.
        if !self.unsettled.awaits(late.command, late.car) {
            return Box::pin(fut::ready(Ok(None)));
        }
        let command = late.command;
        let settling = settle_late(self.house.clone(), late).into_actor(self);
        Box::pin(settling.map(move |settled, operator, _ctx| {
            if settled.is_ok() {
                operator.unsettled.remove(command);
            }
            settled
        }))
    }
}

impl Handler<Observe<OperatorState>> for Operator {
    type Result = MessageResult<Observe<OperatorState>>;

    fn handle(&mut self, _: Observe<OperatorState>, _ctx: &mut Self::Context) -> Self::Result {
        MessageResult(OperatorState {
            in_flight: self.flight.len(),
            unsettled: self.unsettled.len(),
            last_command: self.last_command,
        })
    }
}

/// Takes a car's answer that nobody waits for; gives back the command it settled, if it did.
pub(crate) async fn late_answer(operator: &Service<Operator>, car: CarId, answer: wire::Answer) -> Option<CommandRow> {
    if answer.id >= COMMAND_ID_END {
        return None;
    }
    let command = i64::try_from(answer.id).ok()?;
    let late = LateAnswer(Late {
        command,
        car,
        answered: answer.outcome,
    });
    match operator.ask(late).await {
        Ok(Ok(settled)) => settled,
        Ok(Err(err)) => {
            tracing::warn!(car.id = %car, command.id = command, %err, "a late answer could not be kept");
            None
        }
        Err(err) => {
            tracing::warn!(car.id = %car, command.id = command, %err, "a late answer was not taken");
            None
        }
    }
}
