//! The roster of the fleet: cars join it, are changed, are taken out of use and back; each is one job of the writer, with
//! its audit event and the answer for a retry.
//!
//! What a car must be is decided by [`super::rules`] and [`super::changes`]. Retiring is the booking engine's, which alone
//! knows that nobody has the car.

#[cfg(test)]
mod tests;

use super::changes::{CarChanges, told};
use super::repairs::condition_after;
use super::rules::{CarFault, check_car};
use super::store::{self, car_by_id, car_by_name, car_insert, car_is_out, car_set_condition, car_update};
use super::{Car, Condition, NewCar};
use crate::booking::CarId;
use crate::runtime::clock::micros;
use crate::store::change::Change;
use crate::store::{AnyConn, Store, StoreError};

/// Makes the bytes under which a car is kept for retries; `None` keeps nothing.
pub(crate) type Keep = fn(&Car) -> Option<Vec<u8>>;

/// Why the roster stays as it is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RosterError {
    /// It would be no car.
    #[error(transparent)]
    Fault(#[from] CarFault),
    /// No such car.
    #[error("there is no car {0}")]
    NoSuchCar(CarId),
    /// Another car has the name.
    #[error("there is a car `{0}` already")]
    NameTaken(String),
    /// Another car has the plate.
    #[error("another car has the plate `{0}`")]
    PlateTaken(String),
    /// Where a car is that is out is for its return to say.
    #[error("car {0} is out: where it stands is said when it is returned")]
    Out(String),
    /// It left the fleet for good.
    #[error("car {0} is retired")]
    Retired(String),
    /// The condition is no matter of choice.
    #[error("got condition `{0}`, wanted usable or out_of_service; repairs and s.retirecar make the others")]
    NoChoice(Condition),
    /// The store did not take it.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for RosterError {
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
fn refuse(err: impl Into<RosterError>) -> StoreError {
    StoreError::refused(err.into())
}

/// A car joins the fleet and can be booked.
pub(crate) async fn add(store: &Store, new: NewCar, change: Change, keep: Keep) -> Result<Car, RosterError> {
    check_car(&new)?;
    let job = move |conn: &mut AnyConn| {
        // Where the plate is taken too, the database may name that alone.
        if car_by_name(conn, &new.name)?.is_some() {
            return Err(refuse(RosterError::NameTaken(new.name.clone())));
        }
        let id = car_insert(conn, &new, micros(change.at)).map_err(|err| plate_taken(err, &new.plate))?;
        close_job(conn, id, &change, "added", Some(new.name.clone()), keep)
    };
    Ok(store.write(job).await?)
}

/// A car becomes another in some respects.
pub(crate) async fn alter(
    store: &Store,
    id: CarId,
    changes: CarChanges,
    change: Change,
    keep: Keep,
) -> Result<Car, RosterError> {
    let job = move |conn: &mut AnyConn| {
        let before = in_the_fleet(conn, id)?;
        // Looked up in this very job: a car that is given out later is given out where it stands then.
        if changes.position.is_some() && car_is_out(conn, id)? {
            return Err(refuse(RosterError::Out(before.name)));
        }
        let after = changes.of(&before).map_err(refuse)?;
        car_update(conn, id, &after).map_err(|err| plate_taken(err, &after.plate))?;
        close_job(conn, id, &change, "changed", Some(told(&before, &after)), keep)
    };
    Ok(store.write(job).await?)
}

/// A car is taken out of use, or back: then it is as its open repairs say.
pub(crate) async fn set_condition(
    store: &Store,
    id: CarId,
    wanted: Condition,
    note: String,
    change: Change,
    keep: Keep,
) -> Result<Car, RosterError> {
    if !matches!(wanted, Condition::Usable | Condition::OutOfService) {
        return Err(RosterError::NoChoice(wanted));
    }
    let job = move |conn: &mut AnyConn| {
        in_the_fleet(conn, id)?;
        let after = condition_after(wanted, &store::repair_open_of_car(conn, id)?);
        car_set_condition(conn, id, after)?;
        close_job(conn, id, &change, after.as_str(), Some(note), keep)
    };
    Ok(store.write(job).await?)
}

/// The car, unless it left for good.
fn in_the_fleet(conn: &mut AnyConn, id: CarId) -> Result<Car, StoreError> {
    let car = car_by_id(conn, id)?.ok_or_else(|| refuse(RosterError::NoSuchCar(id)))?;
    if car.condition == Condition::Retired {
        return Err(refuse(RosterError::Retired(car.name)));
    }
    Ok(car)
}

fn plate_taken(err: StoreError, plate: &str) -> StoreError {
    match err {
        StoreError::Conflict { what } if what == "car.plate" => refuse(RosterError::PlateTaken(plate.to_owned())),
        other => other,
    }
}

/// What follows from every change: the audit event, and the answer for a retry.
fn close_job(
    conn: &mut AnyConn,
    id: CarId,
    change: &Change,
    result: &str,
    detail: Option<String>,
    keep: Keep,
) -> Result<Car, StoreError> {
    let car = car_by_id(conn, id)?.ok_or(StoreError::Missing)?;
    let answer = keep(&car);
    change.record(conn, &format!("car:{id}"), result, detail, answer.as_deref())?;
    Ok(car)
}
