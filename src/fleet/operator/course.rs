//! The course of one command: written down, marked as sent, sent, answered, settled.
//!
//! Order is all: a command is `accepted` and `sent` on disk before the car can get it, and its end is on
//! disk before the caller hears it. So no crash makes a retry act twice, or an answer promise too much.

use std::time::Duration;

use jiff::Timestamp;
use metrics::counter;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::progress::Step;
use super::{ANSWER_SLACK, Answer, Operate, OperateError, Operated};
use crate::booking::CarId;
use crate::fleet::command_state::CommandState;
use crate::fleet::store::{self, CommandRow, NewCommand, Settled, Settlement};
use crate::registry::actor::{PeerOfCar, Registry};
use crate::registry::peer::{Answered, Peer};
use crate::runtime::clock::{from_micros, micros};
use crate::runtime::metrics::names;
use crate::runtime::{Clock, Service};
use crate::store::audit::{AuditEvent, audit_insert};
use crate::store::request::{request_find, request_insert, request_replace};
use crate::store::{AnyConn, Store, StoreError};
use crate::wire::{self, ErrorCode, Frame, Value};

/// Most characters of a car's reason that are kept.
const REASON_CHARS_MAX: usize = 200;
/// Why a command that could not be pushed was not done.
const NOT_CONNECTED: &str = "not connected";

/// What every command needs.
#[derive(Clone)]
pub(super) struct House {
    pub(super) store: Store,
    pub(super) registry: Service<Registry>,
    pub(super) clock: Clock,
}

/// One command on its way.
pub(super) struct Course {
    pub(super) house: House,
    pub(super) command: i64,
    pub(super) nonce: String,
    pub(super) expires_at: Timestamp,
    pub(super) operate: Operate,
}

/// An answer that came late.
pub(super) struct Late {
    pub(super) command: i64,
    pub(super) car: CarId,
    pub(super) answered: Answered,
}

/// What becomes of a command, and why.
struct End {
    state: CommandState,
    reason: Option<String>,
}

impl End {
    fn new(state: CommandState, reason: impl Into<String>) -> Self {
        Self {
            state,
            reason: Some(reason.into()),
        }
    }

    /// A car that says `expired` has not done it and never will.
    fn of(answered: Answered) -> Self {
        match answered {
            Ok(_) => Self {
                state: CommandState::Done,
                reason: None,
            },
            Err(err) => {
                let state = match err.code {
                    ErrorCode::Expired => CommandState::Expired,
                    _ => CommandState::Failed,
                };
                let reason = err.message.chars().filter(|letter| !letter.is_control());
                Self::new(state, reason.take(REASON_CHARS_MAX).collect::<String>())
            }
        }
    }
}

impl Course {
    /// From its number to its end on disk.
    pub(super) async fn run(self) -> Answer {
        let Some(peer) = self.house.registry.ask(PeerOfCar(self.operate.car)).await? else {
            return self.refuse_offline().await;
        };
        self.accept().await?;
        if self.is_late() {
            let end = End::new(CommandState::Expired, "its time was over before it was sent");
            return self.settle(end, None).await;
        }
        let step = match self.mark_sent().await {
            Ok(step) => step,
            Err(err) => {
                tracing::warn!(command.id = self.command, %err, "a command was not sent");
                let end = End::new(CommandState::Expired, "the store did not take it");
                return self.settle(end, None).await;
            }
        };
        let told = step.tell(&self.house.registry, None);
        let end = self.send(&peer).await;
        self.settle(end, Some(told)).await
    }

    fn is_late(&self) -> bool {
        self.house.clock.now() >= self.expires_at
    }

    fn row(&self, failed: Option<String>) -> NewCommand {
        NewCommand {
            id: self.command,
            car: self.operate.car,
            name: self.operate.name,
            purpose: self.operate.on,
            nonce: self.nonce.clone(),
            who: self.operate.change.who.clone(),
            accepted_at: micros(self.house.clock.now()),
            expires_at: micros(self.expires_at),
            failed,
        }
    }

    /// Writes down that nothing was sent. A retry may try again, so no answer is kept.
    async fn refuse_offline(self) -> Answer {
        let row = self.row(Some(NOT_CONNECTED.to_owned()));
        let change = self.operate.change.clone();
        let write = self.house.store.write(move |conn| {
            store::command_insert(conn, &row)?;
            let detail = format!("{} (command {}): {NOT_CONNECTED}", row.name, row.id);
            let state = CommandState::Failed.as_str();
            change.record(conn, &subject(row.car), state, Some(detail), None)?;
            step(conn, row.id, row.accepted_at)
        });
        drop(write.await?.tell(&self.house.registry, None));
        count_as(self.operate.name.as_str(), CommandState::Failed);
        Err(OperateError::Offline)
    }

    /// Writes the command down, and beside it what a retry hears if this process ends before the command does.
    async fn accept(&self) -> Result<(), OperateError> {
        let row = self.row(None);
        let request = self.operate.change.request.clone();
        let unknown = Err(OperateError::Timeout { command: self.command });
        let kept = self.operate.reply.bytes(&unknown);
        let is_new = self
            .house
            .store
            .write(move |conn| {
                if let (Some(key), Some(kept)) = (&request, &kept) {
                    if request_find(conn, &key.who, &key.request_id)?.is_some() {
                        return Ok(false);
                    }
                    request_insert(conn, key, kept, row.accepted_at)?;
                }
                store::command_insert(conn, &row)?;
                Ok(true)
            })
            .await?;
        if is_new { Ok(()) } else { Err(OperateError::Repeated) }
    }

    async fn mark_sent(&self) -> Result<Step, StoreError> {
        let (command, at) = (self.command, micros(self.house.clock.now()));
        let write = self.house.store.write(move |conn| {
            store::command_send(conn, command)?;
            step(conn, command, at)
        });
        write.await
    }

    fn frame(&self, id: u64) -> Frame {
        let booking = self.operate.on.booking();
        Frame::Call(wire::Call {
            id,
            command: self.operate.name.as_str().to_owned(),
            args: wire::Args::Name(vec![
                (
                    "booking".to_owned(),
                    booking.map_or(Value::Null, |booking| Value::from(booking.0)),
                ),
                ("nonce".to_owned(), Value::Text(self.nonce.clone())),
                ("expires_at".to_owned(), Value::Text(self.expires_at.to_string())),
            ]),
            deadline_ms: None,
        })
    }

    /// Sends it, and waits for the car's word. What could not be pushed is certain never to be done.
    async fn send(&self, peer: &Peer) -> End {
        let Ok(id) = u64::try_from(self.command) else {
            return End::new(CommandState::Expired, "its number cannot be sent");
        };
        let left = self.expires_at.duration_since(self.house.clock.now());
        let left = match Duration::try_from(left) {
            Ok(left) if !left.is_zero() => left,
            _ => return End::new(CommandState::Expired, "its time was over before it was sent"),
        };
        let mut asked = match peer.ask_as(id, &self.frame(id)) {
            Ok(asked) => asked,
            Err(err) => return End::new(CommandState::Expired, format!("not sent: {err}")),
        };
        match tokio::time::timeout(left.saturating_add(ANSWER_SLACK), &mut asked).await {
            Ok(Ok(answered)) => End::of(answered),
            Ok(Err(_)) => End::new(CommandState::Unknown, "the connection was lost"),
            Err(_) => last_look(peer, id, &mut asked),
        }
    }

    /// Writes its end down, beside the answer for a retry, and answers with what is on disk then. Tells it behind what
    /// was told of it before.
    async fn settle(self, end: End, told_before: Option<JoinHandle<()>>) -> Answer {
        let Operate { car, change, reply, .. } = self.operate;
        let at = micros(self.house.clock.now());
        let settlement = Settlement {
            id: self.command,
            car,
            state: end.state,
            reason: end.reason,
            at,
        };
        let write = self.house.store.write(move |conn| {
            let (row, is_new) = match store::command_settle(conn, &settlement)? {
                Settled::Now(row) => (row, true),
                // A late answer was faster, on another connection of the car.
                Settled::Before(row) => (row, false),
            };
            if is_new {
                let detail = Some(told(&row));
                change.record(conn, &subject(row.car), row.state.as_str(), detail, None)?;
            }
            let answer = answer_of(&row);
            if let (Some(key), Some(kept)) = (&change.request, reply.bytes(&answer)) {
                request_replace(conn, key, &kept)?;
            }
            let step = step(conn, row.id, at)?;
            Ok((step, is_new, answer))
        });
        let (step, is_new, answer) = write.await?;
        if is_new {
            count(&step.row);
            drop(step.tell(&self.house.registry, told_before));
        }
        answer
    }
}

/// The wait is over; an answer that came at this very moment is not lost between here and the session.
fn last_look(peer: &Peer, id: u64, asked: &mut oneshot::Receiver<Answered>) -> End {
    peer.forget(id);
    asked.try_recv().map_or_else(
        |_| End::new(CommandState::Unknown, "no answer by the deadline"),
        End::of,
    )
}

/// What a caller hears of a command in this state.
fn answer_of(row: &CommandRow) -> Answer {
    let (command, reason) = (row.id, row.reason.clone());
    match row.state {
        CommandState::Done => Ok(Operated {
            command,
            state: row.state,
            done_at: from_micros(row.settled_at.unwrap_or(row.accepted_at)),
        }),
        CommandState::Failed => Err(OperateError::Failed { command, reason }),
        CommandState::Expired => Err(OperateError::Expired { command, reason }),
        CommandState::Accepted | CommandState::Sent | CommandState::Unknown => Err(OperateError::Timeout { command }),
    }
}

/// Settles a command by an answer that nobody waited for; gives it back if it did.
pub(super) async fn settle_late(house: House, late: Late) -> Result<Option<CommandRow>, StoreError> {
    let End { state, reason } = End::of(late.answered);
    let at = micros(house.clock.now());
    let settlement = Settlement {
        id: late.command,
        car: late.car,
        state,
        reason,
        at,
    };
    let write = house.store.write(move |conn| {
        let Settled::Now(row) = store::command_settle(conn, &settlement)? else {
            return Ok(None);
        };
        record(conn, &row, at, &format!("{}, answered late", told(&row)))?;
        Ok(Some(step(conn, row.id, at)?))
    });
    let Some(step) = write.await? else {
        return Ok(None);
    };
    count(&step.row);
    let row = step.row.clone();
    drop(step.tell(&house.registry, None));
    Ok(Some(row))
}

/// A command as it is now, to be told.
fn step(conn: &mut AnyConn, command: i64, at: i64) -> Result<Step, StoreError> {
    let (row, rider) = store::command_with_rider(conn, command)?;
    Ok(Step { row, rider, at })
}

/// The audit event of a command that a restart settled.
pub(super) fn record_restart(conn: &mut AnyConn, row: &CommandRow, at: Timestamp) -> Result<(), StoreError> {
    record(conn, row, micros(at), &told(row))
}

fn record(conn: &mut AnyConn, row: &CommandRow, at: i64, detail: &str) -> Result<(), StoreError> {
    let event = AuditEvent {
        at,
        who: row.who.clone(),
        what: "operator".to_owned(),
        on_what: subject(row.car),
        result: row.state.as_str().to_owned(),
        detail: Some(detail.to_owned()),
    };
    audit_insert(conn, &event)
}

fn subject(car: CarId) -> String {
    format!("car:{car}")
}

/// The command in words: what, what for, and why it ended so.
fn told(row: &CommandRow) -> String {
    let mut told = row.name.to_string();
    if let Some(booking) = row.booking {
        told.push_str(&format!(" for booking {booking}"));
    }
    if let Some(repair) = row.repair {
        told.push_str(&format!(" for repair {repair}"));
    }
    told.push_str(&format!(" (command {})", row.id));
    if let Some(reason) = &row.reason {
        told.push_str(&format!(": {reason}"));
    }
    told
}

/// Counts a command that came to an end.
pub(super) fn count(row: &CommandRow) {
    count_as(row.name.as_str(), row.state);
}

fn count_as(command: &'static str, state: CommandState) {
    counter!(names::CAR_COMMANDS, "command" => command, "state" => state.as_str()).increment(1);
}
