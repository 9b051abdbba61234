//! Cars, commands and repairs as callers see them.
//!
//! Shapes only: instants are RFC 3339 text, money is decimal text with its currency.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::account::UserId;
use crate::booking::calendar::FreeTime;
use crate::booking::{BookingId, CarId};
use crate::fleet::command_state::CommandState;
use crate::fleet::operator::Operated;
use crate::fleet::repairs::{Repair, RepairState};
use crate::fleet::store::CommandRow;
use crate::fleet::{Car, CarCommand, Condition};
use crate::runtime::clock::from_micros;

/// One car.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CarView {
    car: String,
    car_id: CarId,
    plate: String,
    make: String,
    model: String,
    body_type: String,
    colour: String,
    seats: i16,
    place: String,
    latitude: f64,
    longitude: f64,
    rate_per_hour: String,
    currency: &'static str,
    condition: Condition,
    #[serde(skip_serializing_if = "Option::is_none")]
    odometer_km: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fuel_percent: Option<f64>,
    /// In `s.cars`: whether it can be booked from this moment on.
    #[serde(skip_serializing_if = "Option::is_none")]
    free_now: Option<bool>,
    /// From when it is free, where it is not now and is one day.
    #[serde(skip_serializing_if = "Option::is_none")]
    free_from: Option<String>,
    /// Until when it is free then, or from now on; absent where nobody has booked it later.
    #[serde(skip_serializing_if = "Option::is_none")]
    free_until: Option<String>,
    /// In `s.cars`, for operators: whether its unit is connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    connected: Option<bool>,
}

impl CarView {
    /// With when it is free next, which a car that cannot be booked now is not.
    pub(super) fn free(self, free: Option<&FreeTime>) -> Self {
        let text = |at: Timestamp| at.to_string();
        Self {
            free_now: Some(free.is_some_and(|free| free.from.is_none())),
            free_from: free.and_then(|free| free.from).map(text),
            free_until: free.and_then(|free| free.until).map(text),
            ..self
        }
    }

    /// With whether its unit is connected.
    pub(super) fn connected(self, is_connected: bool) -> Self {
        Self {
            connected: Some(is_connected),
            ..self
        }
    }
}

impl From<Car> for CarView {
    fn from(car: Car) -> Self {
        Self {
            car: car.name,
            car_id: car.id,
            plate: car.plate,
            make: car.make,
            model: car.model,
            body_type: car.body_type,
            colour: car.colour,
            seats: car.seats,
            place: car.place,
            latitude: car.position.latitude(),
            longitude: car.position.longitude(),
            rate_per_hour: car.rate_per_hour.to_string(),
            currency: car.rate_per_hour.currency.code(),
            condition: car.condition,
            odometer_km: car.odometer_km,
            fuel_percent: car.fuel_percent,
            free_now: None,
            free_from: None,
            free_until: None,
            connected: None,
        }
    }
}

/// One command to a car.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CommandView {
    command: i64,
    name: CarCommand,
    state: CommandState,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_at: Option<String>,
    car: String,
    car_id: CarId,
    #[serde(skip_serializing_if = "Option::is_none")]
    booking: Option<BookingId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repair: Option<i64>,
    by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl From<CommandRow> for CommandView {
    fn from(row: CommandRow) -> Self {
        Self {
            command: row.id,
            name: row.name,
            state: row.state,
            at: from_micros(row.accepted_at).to_string(),
            settled_at: row.settled_at.map(|at| from_micros(at).to_string()),
            car: row.car_name,
            car_id: row.car,
            booking: row.booking,
            repair: row.repair,
            by: row.who,
            reason: row.reason,
        }
    }
}

/// What a car acknowledged.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct OperatedView {
    command: i64,
    state: CommandState,
    done_at: String,
}

impl From<&Operated> for OperatedView {
    fn from(operated: &Operated) -> Self {
        Self {
            command: operated.command,
            state: operated.state,
            done_at: operated.done_at.to_string(),
        }
    }
}

/// One repair.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RepairView {
    repair: i64,
    car_id: CarId,
    state: RepairState,
    fault: String,
    priority: i16,
    reported_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    engineer_id: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
}

impl From<&Repair> for RepairView {
    fn from(repair: &Repair) -> Self {
        Self {
            repair: repair.id,
            car_id: repair.car,
            state: repair.state,
            fault: repair.fault.clone(),
            priority: repair.priority,
            reported_by: repair.reported_by.clone(),
            engineer_id: repair.engineer,
            note: repair.note.clone(),
            at: repair.created_at.to_string(),
            ended_at: repair.ended_at.map(|at| at.to_string()),
        }
    }
}
