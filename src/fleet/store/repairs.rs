//! The table `repair`.
//!
//! What may become of a repair is for [`crate::fleet::repairs`]; a whole repair is read, and written back.

use diesel::prelude::*;

use super::cars::LIST_MAX;
use crate::account::UserId;
use crate::booking::CarId;
use crate::fleet::repairs::{Repair, RepairState};
use crate::runtime::clock::{from_micros, micros};
use crate::store::schema::repair;
use crate::store::{AnyConn, StoreError};

/// A fault to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRepair {
    /// The car.
    pub car: CarId,
    /// What is wrong.
    pub fault: String,
    /// 1 is the most urgent.
    pub priority: i16,
    /// Who says so, as in the audit log.
    pub reported_by: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = repair)]
struct RepairRow {
    id: i64,
    car_id: i64,
    state: String,
    fault: String,
    priority: i16,
    reported_by: String,
    engineer_id: Option<i64>,
    note: Option<String>,
    created_at: i64,
    ended_at: Option<i64>,
}

impl TryFrom<RepairRow> for Repair {
    type Error = StoreError;

    fn try_from(row: RepairRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            car: CarId(row.car_id),
            state: row
                .state
                .parse()
                .map_err(|err: crate::wire::UnknownName| StoreError::refused(err))?,
            fault: row.fault,
            priority: row.priority,
            reported_by: row.reported_by,
            engineer: row.engineer_id.map(UserId),
            note: row.note,
            created_at: from_micros(row.created_at),
            ended_at: row.ended_at.map(from_micros),
        })
    }
}

fn open() -> Vec<&'static str> {
    RepairState::OPEN.iter().map(|state| state.as_str()).collect()
}

/// Writes a fault down.
pub fn repair_insert(conn: &mut AnyConn, new: &NewRepair, at: i64) -> Result<Repair, StoreError> {
    let id: i64 = diesel::insert_into(repair::table)
        .values((
            repair::car_id.eq(new.car.0),
            repair::state.eq(RepairState::Reported.as_str()),
            repair::fault.eq(&new.fault),
            repair::priority.eq(new.priority),
            repair::reported_by.eq(&new.reported_by),
            repair::created_at.eq(at),
        ))
        .returning(repair::id)
        .get_result(conn)?;
    repair_by_id(conn, id)?.ok_or(StoreError::Missing)
}

/// The repair of that number.
pub fn repair_by_id(conn: &mut AnyConn, id: i64) -> Result<Option<Repair>, StoreError> {
    let row = repair::table
        .find(id)
        .select(RepairRow::as_select())
        .first(conn)
        .optional()?;
    row.map(Repair::try_from).transpose()
}

/// Writes back what became of a repair; `Missing` when there is no such repair.
pub fn repair_update(conn: &mut AnyConn, now: &Repair) -> Result<(), StoreError> {
    let changed = diesel::update(repair::table.find(now.id))
        .set((
            repair::state.eq(now.state.as_str()),
            repair::engineer_id.eq(now.engineer.map(|engineer| engineer.0)),
            repair::note.eq(now.note.as_deref()),
            repair::ended_at.eq(now.ended_at.map(micros)),
        ))
        .execute(conn)?;
    super::one(changed)
}

/// The open repairs of a car, by number.
pub fn repair_open_of_car(conn: &mut AnyConn, car: CarId) -> Result<Vec<Repair>, StoreError> {
    let rows: Vec<RepairRow> = repair::table
        .filter(repair::car_id.eq(car.0))
        .filter(repair::state.eq_any(open()))
        .order(repair::id)
        .select(RepairRow::as_select())
        .load(conn)?;
    rows.into_iter().map(Repair::try_from).collect()
}

/// Which repairs to list; every part that is given must match.
#[derive(Debug, Clone, Copy, Default)]
pub struct RepairFilter {
    /// Of this car.
    pub car: Option<CarId>,
    /// In this state; without one, the open ones.
    pub state: Option<RepairState>,
    /// This engineer is charged with.
    pub engineer: Option<UserId>,
}

/// The most urgent repairs first, then the oldest, at most `limit`.
pub fn repair_list(conn: &mut AnyConn, filter: RepairFilter, limit: i64) -> Result<Vec<Repair>, StoreError> {
    let mut query = repair::table.select(RepairRow::as_select()).into_boxed();
    query = match filter.state {
        Some(state) => query.filter(repair::state.eq(state.as_str())),
        None => query.filter(repair::state.eq_any(open())),
    };
    if let Some(car) = filter.car {
        query = query.filter(repair::car_id.eq(car.0));
    }
    if let Some(engineer) = filter.engineer {
        query = query.filter(repair::engineer_id.eq(engineer.0));
    }
    let rows: Vec<RepairRow> = query
        .order((repair::priority, repair::id))
        .limit(limit.clamp(0, LIST_MAX))
        .load(conn)?;
    rows.into_iter().map(Repair::try_from).collect()
}
