//! Commands of the fleet: cars, what was told to them, repairs, engineers at cars.
//!
//! Each reads its arguments, checks whether this caller may do it to this object, asks the operator or the
//! repair desk, and names the reply. Decisions are theirs.

mod addcar;
mod assignrepair;
mod cancelrepair;
mod cars;
mod changecar;
mod commands_of;
mod engineercode;
mod engineerdevice;
mod engineersignin;
mod finishrepair;
mod operatecar;
mod removeengineerdevice;
mod repairs;
mod reportcar;
mod retirecar;
mod setcondition;
mod takerepair;
mod view;

use std::fmt::Display;

use super::desk::{self, DeskError};
use super::repairs::{Repair, Step, TEXT_CHARS_MAX};
use super::roster::RosterError;
use super::rules::check_text;
use super::{Car, CarRef};
use crate::account::{User, UserId};
use crate::booking::CarId;
use crate::booking::engine::{CarsChanged, FindCar};
use crate::command::Caller;
use crate::command::dispatch::kept;
use crate::command::table::Table;
use crate::error::Error;
use crate::house::House;
use crate::place::Position;
use crate::registry::permissions::{Permission, Permissions};
use crate::wire::ErrorCode;

use self::view::{CarView, RepairView};

/// Adds them to the table.
pub(crate) fn add_to(table: Table) -> Table {
    table
        .with::<cars::Cars>()
        .with::<addcar::AddCar>()
        .with::<changecar::ChangeCar>()
        .with::<setcondition::SetCondition>()
        .with::<retirecar::RetireCar>()
        .with::<commands_of::Commands>()
        .with::<operatecar::OperateCar>()
        .with::<reportcar::ReportCar>()
        .with::<repairs::Repairs>()
        .with::<assignrepair::AssignRepair>()
        .with::<takerepair::TakeRepair>()
        .with::<finishrepair::FinishRepair>()
        .with::<cancelrepair::CancelRepair>()
        .with::<engineerdevice::EngineerDevice>()
        .with::<removeengineerdevice::RemoveEngineerDevice>()
        .with::<engineercode::EngineerCode>()
        .with::<engineersignin::EngineerSignIn>()
}

fn bad(why: impl Display) -> Error {
    Error::new(ErrorCode::BadArguments, why.to_string())
}

/// The car that is meant, as the booking engine knows it.
async fn find_car(house: &House, car: CarRef) -> Result<Car, Error> {
    Ok(house.bookings.ask(FindCar(car)).await??)
}

/// A fault or a note, checked.
fn text(field: &'static str, text: &str) -> Result<(), Error> {
    check_text(field, text.trim(), 1, TEXT_CHARS_MAX).map_err(bad)
}

fn note(note: Option<&String>) -> Result<(), Error> {
    note.map_or(Ok(()), |note| text("note", note))
}

/// Whose repairs this caller may work on: operators on all, engineers on their own.
fn own_repairs(caller: &Caller) -> Result<Option<UserId>, Error> {
    if caller.is_operator() {
        return Ok(None);
    }
    if !caller.may(Permission::Engineer) {
        return Err(Error::new(
            ErrorCode::Forbidden,
            "repairs are for engineers and operators",
        ));
    }
    caller.user().map(Some)
}

/// A person who may work on cars.
async fn engineer(house: &House, username: &str) -> Result<User, Error> {
    let user = house.accounts.user_by_name(username).await?;
    if is_engineer(house, user.id).await? {
        return Ok(user);
    }
    Err(Error::new(
        ErrorCode::BadArguments,
        format!("{} is no engineer", user.username),
    ))
}

/// The engineer a call is about: the caller, or the one that an operator names.
async fn named_engineer(caller: &Caller, house: &House, named: Option<String>) -> Result<UserId, Error> {
    match named {
        Some(name) if caller.is_operator() => Ok(engineer(house, &name).await?.id),
        Some(name) if name != caller.username() => Err(Error::new(
            ErrorCode::Forbidden,
            "other engineers are for operators to name",
        )),
        _ if caller.may(Permission::Engineer) => caller.user(),
        _ => Err(Error::new(
            ErrorCode::Forbidden,
            "only engineers are recognised at cars",
        )),
    }
}

/// Whether a person may work on cars at this moment.
async fn is_engineer(house: &House, user: UserId) -> Result<bool, Error> {
    let roles = house.accounts.permissions_of(user).await?;
    let permissions = Permissions::from_roles(roles.iter().map(String::as_str));
    Ok(permissions.contains(Permission::Engineer) || permissions.contains(Permission::Manager))
}

/// Makes steps of a repair and tells everybody who must know.
async fn step(
    caller: &Caller,
    house: &House,
    repair: i64,
    steps: Vec<Step>,
    by: Option<UserId>,
) -> Result<RepairView, Error> {
    let change = caller.change(house.clock.now());
    let stepped = desk::step(&house.store, repair, steps, by, change, kept_view).await;
    told(house, stepped).await
}

/// A repair that was changed: the booking engine hears of the car, the caller of the repair.
async fn told(house: &House, changed: Result<Repair, DeskError>) -> Result<RepairView, Error> {
    let repair = changed?;
    car_changed(house, repair.car).await;
    Ok(RepairView::from(&repair))
}

/// The change stands whatever the engine says; its next start reads the car anew.
async fn car_changed(house: &House, car: CarId) {
    let told = house.bookings.ask(CarsChanged(vec![car])).await;
    if let Err(err) = told.map_err(Error::from).and_then(|told| told.map_err(Error::from)) {
        tracing::error!(car.id = %car, %err, "the booking engine did not hear of a changed car");
    }
}

/// A car that joined or left; the map is read anew at the next start if it could not be now.
async fn car_on_map(house: &House, car: CarId) {
    if let Err(err) = house.places.reload_cars(vec![car]).await {
        tracing::error!(car.id = %car, %err, "the map did not hear of a car that joined or left");
    }
}

/// The bytes under which a car's reply is kept for retries.
fn kept_car(car: &Car) -> Option<Vec<u8>> {
    kept(Ok(CarView::from(car.clone())))
}

/// Where a car stands; both figures or neither.
fn position(latitude: Option<f64>, longitude: Option<f64>) -> Result<Option<Position>, Error> {
    match (latitude, longitude) {
        (Some(latitude), Some(longitude)) => Position::new(latitude, longitude).map(Some).map_err(bad),
        (None, None) => Ok(None),
        _ => Err(bad("`latitude` and `longitude` go together")),
    }
}

/// The bytes under which a repair's reply is kept for retries.
fn kept_view(repair: &Repair) -> Option<Vec<u8>> {
    kept(Ok(RepairView::from(repair)))
}

impl From<RosterError> for Error {
    fn from(err: RosterError) -> Self {
        let code = match err {
            RosterError::Fault(_) | RosterError::NoChoice(_) => ErrorCode::BadArguments,
            RosterError::NoSuchCar(_) => ErrorCode::NotFound,
            RosterError::NameTaken(_) | RosterError::PlateTaken(_) => ErrorCode::Conflict,
            RosterError::Out(_) | RosterError::Retired(_) => ErrorCode::NotNow,
            RosterError::Store(err) => return err.into(),
        };
        Self::new(code, err.to_string())
    }
}
