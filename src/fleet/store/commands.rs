//! The table `car_command`: what was told to which car, and what became of it.
//!
//! A state is only ever changed from one that may precede it, in the same statement, so that two who
//! settle one command cannot both succeed.

use diesel::prelude::*;

use super::cars::LIST_MAX;
use crate::booking::{BookingId, CarId, UserId};
use crate::fleet::command_state::CommandState;
use crate::fleet::{CarCommand, Purpose};
use crate::store::schema::{booking, car, car_command};
use crate::store::{AnyConn, StoreError};

/// A command to be written, `accepted`, or `failed` at once where there is a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCommand {
    /// Its number, given by the operator.
    pub id: i64,
    /// For which car.
    pub car: CarId,
    /// What it is to do.
    pub name: CarCommand,
    /// What for.
    pub purpose: Purpose,
    /// Told from any other by the unit.
    pub nonce: String,
    /// Who asked, as in the audit log.
    pub who: String,
    /// When, in microseconds since 1970 UTC.
    pub accepted_at: i64,
    /// When the unit refuses it, in microseconds since 1970 UTC.
    pub expires_at: i64,
    /// Why it failed before it was sent.
    pub failed: Option<String>,
}

/// A stored command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandRow {
    /// Its number.
    pub id: i64,
    /// For which car.
    pub car: CarId,
    /// What that car is called.
    pub car_name: String,
    /// For which booking.
    pub booking: Option<BookingId>,
    /// For which repair.
    pub repair: Option<i64>,
    /// What it was to do.
    pub name: CarCommand,
    /// What became of it.
    pub state: CommandState,
    /// Who asked.
    pub who: String,
    /// When, in microseconds since 1970 UTC.
    pub accepted_at: i64,
    /// When it was settled, in microseconds since 1970 UTC.
    pub settled_at: Option<i64>,
    /// Why it failed.
    pub reason: Option<String>,
}

type Columns = (
    i64,
    i64,
    String,
    Option<i64>,
    Option<i64>,
    String,
    String,
    String,
    i64,
    Option<i64>,
    Option<String>,
);

fn read(columns: Columns) -> Result<CommandRow, StoreError> {
    let (id, car, car_name, booking, repair, name, state, who, accepted_at, settled_at, reason) = columns;
    let unknown = |err: crate::wire::UnknownName| StoreError::refused(err);
    Ok(CommandRow {
        id,
        car: CarId(car),
        car_name,
        booking: booking.map(BookingId),
        repair,
        name: name.parse().map_err(unknown)?,
        state: state.parse().map_err(unknown)?,
        who,
        accepted_at,
        settled_at,
        reason,
    })
}

macro_rules! rows {
    () => {
        car_command::table.inner_join(car::table).select((
            car_command::id,
            car_command::car_id,
            car::name,
            car_command::booking_id,
            car_command::repair_id,
            car_command::name,
            car_command::state,
            car_command::who,
            car_command::accepted_at,
            car_command::settled_at,
            car_command::reason,
        ))
    };
}

/// Writes a new command.
pub fn command_insert(conn: &mut AnyConn, new: &NewCommand) -> Result<(), StoreError> {
    let state = if new.failed.is_some() {
        CommandState::Failed
    } else {
        CommandState::Accepted
    };
    diesel::insert_into(car_command::table)
        .values((
            car_command::id.eq(new.id),
            car_command::car_id.eq(new.car.0),
            car_command::booking_id.eq(new.purpose.booking().map(|booking| booking.0)),
            car_command::repair_id.eq(new.purpose.repair()),
            car_command::name.eq(new.name.as_str()),
            car_command::state.eq(state.as_str()),
            car_command::nonce.eq(&new.nonce),
            car_command::who.eq(&new.who),
            car_command::accepted_at.eq(new.accepted_at),
            car_command::expires_at.eq(new.expires_at),
            car_command::settled_at.eq(new.failed.is_some().then_some(new.accepted_at)),
            car_command::reason.eq(new.failed.as_deref()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Marks a command as sent, before it is; `Missing` when it is not `accepted`.
pub fn command_send(conn: &mut AnyConn, id: i64) -> Result<(), StoreError> {
    let changed = diesel::update(car_command::table.find(id))
        .filter(car_command::state.eq(CommandState::Accepted.as_str()))
        .set(car_command::state.eq(CommandState::Sent.as_str()))
        .execute(conn)?;
    super::one(changed)
}

/// A command, and whose booking it is for.
pub fn command_with_rider(conn: &mut AnyConn, id: i64) -> Result<(CommandRow, Option<UserId>), StoreError> {
    let row = read(rows!().filter(car_command::id.eq(id)).first(conn)?)?;
    let Some(of) = row.booking else {
        return Ok((row, None));
    };
    let rider: Option<i64> = booking::table
        .find(of.0)
        .select(booking::user_id)
        .first(conn)
        .optional()?;
    Ok((row, rider.map(UserId)))
}

/// What is known of a command now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Which command.
    pub id: i64,
    /// The car that may settle it; another car's word counts for nothing.
    pub car: CarId,
    /// What became of it.
    pub state: CommandState,
    /// Why it failed.
    pub reason: Option<String>,
    /// When, in microseconds since 1970 UTC.
    pub at: i64,
}

/// What came of settling a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It is now as was said.
    Now(CommandRow),
    /// It had been settled before, and stays so.
    Before(CommandRow),
}

/// Writes what became of a command, if it can still become that; `Missing` when this car has no such command.
pub fn command_settle(conn: &mut AnyConn, settlement: &Settlement) -> Result<Settled, StoreError> {
    let preceding: Vec<&str> = settlement
        .state
        .reached_from()
        .iter()
        .map(|state| state.as_str())
        .collect();
    let settled_at = settlement.state.is_final().then_some(settlement.at);
    let changed = diesel::update(car_command::table.find(settlement.id))
        .filter(car_command::car_id.eq(settlement.car.0))
        .filter(car_command::state.eq_any(preceding))
        .set((
            car_command::state.eq(settlement.state.as_str()),
            car_command::settled_at.eq(settled_at),
            car_command::reason.eq(settlement.reason.as_deref()),
        ))
        .execute(conn)?;
    let row = rows!()
        .filter(car_command::id.eq(settlement.id))
        .filter(car_command::car_id.eq(settlement.car.0))
        .first(conn)?;
    let row = read(row)?;
    Ok(if changed == 0 {
        Settled::Before(row)
    } else {
        Settled::Now(row)
    })
}

/// Settles what a server that is gone left: what was not sent has expired, what was is unknown. Gives the
/// commands that it changed.
pub fn command_settle_stale(conn: &mut AnyConn, at: i64) -> Result<Vec<CommandRow>, StoreError> {
    let stale: Vec<Columns> = rows!()
        .filter(car_command::state.eq_any([CommandState::Accepted.as_str(), CommandState::Sent.as_str()]))
        .order(car_command::id)
        .load(conn)?;
    let mut settled = Vec::with_capacity(stale.len());
    for columns in stale {
        let row = read(columns)?;
        let state = row.state.after_restart();
        let settlement = Settlement {
            id: row.id,
            car: row.car,
            state,
            reason: Some("the server was restarted".to_owned()),
            at,
        };
        if let Settled::Now(row) = command_settle(conn, &settlement)? {
            settled.push(row);
        }
    }
    Ok(settled)
}

/// Which commands to list; every part that is given must match.
#[derive(Debug, Clone, Copy, Default)]
pub struct CommandFilter {
    /// Of this car.
    pub car: Option<CarId>,
    /// In this state.
    pub state: Option<CommandState>,
    /// Only commands older than this one: the next page.
    pub before: Option<i64>,
}

/// The newest commands first, at most `limit`.
pub fn command_list(conn: &mut AnyConn, filter: CommandFilter, limit: i64) -> Result<Vec<CommandRow>, StoreError> {
    let mut query = rows!().into_boxed();
    if let Some(car) = filter.car {
        query = query.filter(car_command::car_id.eq(car.0));
    }
    if let Some(state) = filter.state {
        query = query.filter(car_command::state.eq(state.as_str()));
    }
    if let Some(before) = filter.before {
        query = query.filter(car_command::id.lt(before));
    }
    let rows: Vec<Columns> = query
        .order(car_command::id.desc())
        .limit(limit.clamp(0, LIST_MAX))
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

/// The highest number of a command so far; 0 when there is none.
pub fn command_last_id(conn: &mut AnyConn) -> Result<i64, StoreError> {
    let last: Option<i64> = car_command::table
        .select(diesel::dsl::max(car_command::id))
        .first(conn)?;
    Ok(last.unwrap_or_default())
}

/// The newest commands, at most `limit`, that a late answer would still settle, each with its car.
pub fn command_unsettled(conn: &mut AnyConn, limit: i64) -> Result<Vec<(i64, CarId)>, StoreError> {
    let rows: Vec<(i64, i64)> = car_command::table
        .filter(car_command::state.eq(CommandState::Unknown.as_str()))
        .order(car_command::id.desc())
        .limit(limit)
        .select((car_command::id, car_command::car_id))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, car)| (id, CarId(car))).collect())
}
