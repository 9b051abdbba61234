//! The repair desk: each change of a repair is checked and written in one job, with the car's condition,
//! its audit event and the answer for a retry.
//!
//! Decisions are those of [`super::repairs`]. Who may make which change is the commands' to check.

#[cfg(test)]
mod tests;

use super::repairs::{OPEN_PER_CAR_MAX, Repair, RepairError, Step, condition_after};
use super::store::{self, NewRepair};
use crate::account::UserId;
use crate::booking::CarId;
use crate::runtime::clock::micros;
use crate::store::change::Change;
use crate::store::{AnyConn, Store, StoreError};

/// Makes the bytes under which a repair is kept for retries; `None` keeps nothing.
pub(crate) type Keep = fn(&Repair) -> Option<Vec<u8>>;

/// Why a repair was not changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeskError {
    /// No such repair.
    #[error("there is no repair {0}")]
    NoSuchRepair(i64),
    /// The rules refuse it.
    #[error(transparent)]
    Repair(#[from] RepairError),
    /// The store did not take it.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for DeskError {
    /// A refusal of the rules is carried through the store, so that nothing of the job is kept.
    fn from(err: StoreError) -> Self {
        match err {
            StoreError::Refused(cause) => match cause.downcast::<Self>() {
                Ok(own) => *own,
                Err(cause) => Self::Store(StoreError::Refused(cause)),
            },
            err => Self::Store(err),
        }
    }
}

/// Undoes the job and says why.
fn refuse(err: impl Into<DeskError>) -> StoreError {
    StoreError::refused(err.into())
}

/// Writes a fault down; the car is no longer `usable`.
pub(crate) async fn report(store: &Store, new: NewRepair, change: Change, keep: Keep) -> Result<Repair, DeskError> {
    let job = move |conn: &mut AnyConn| {
        if store::repair_open_of_car(conn, new.car)?.len() >= OPEN_PER_CAR_MAX {
            return Err(refuse(RepairError::TooMany));
        }
        let repair = store::repair_insert(conn, &new, micros(change.at))?;
        close_job(conn, &repair, &change, keep)?;
        Ok(repair)
    };
    Ok(store.write(job).await?)
}

/// Makes a step of a repair. `by` is the engineer who may make it; without one, anybody.
pub(crate) async fn step(
    store: &Store,
    id: i64,
    steps: Vec<Step>,
    by: Option<UserId>,
    change: Change,
    keep: Keep,
) -> Result<Repair, DeskError> {
    let job = move |conn: &mut AnyConn| {
        let mut repair = store::repair_by_id(conn, id)?.ok_or_else(|| refuse(DeskError::NoSuchRepair(id)))?;
        if let Some(engineer) = by {
            repair.is_of(engineer).map_err(refuse)?;
        }
        for step in steps {
            repair = repair.step(step, change.at).map_err(refuse)?;
        }
        store::repair_update(conn, &repair)?;
        close_job(conn, &repair, &change, keep)?;
        Ok(repair)
    };
    Ok(store.write(job).await?)
}

/// What follows from every change: the car's condition, the audit event, the answer for a retry.
fn close_job(conn: &mut AnyConn, repair: &Repair, change: &Change, keep: Keep) -> Result<(), StoreError> {
    settle_condition(conn, repair.car)?;
    let on_what = format!("repair:{}", repair.id);
    let detail = format!("car:{}", repair.car);
    let answer = keep(repair);
    change.record(conn, &on_what, repair.state.as_str(), Some(detail), answer.as_deref())
}

fn settle_condition(conn: &mut AnyConn, car: CarId) -> Result<(), StoreError> {
    let now = store::car_by_id(conn, car)?.ok_or(StoreError::Missing)?.condition;
    let open = store::repair_open_of_car(conn, car)?;
    let after = condition_after(now, &open);
    if after == now {
        return Ok(());
    }
    store::car_set_condition(conn, car, after)
}
