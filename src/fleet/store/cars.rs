//! The table `car`.
//!
//! A row that cannot be read as a car (a currency nobody knows) is an error of the store, not a car.

use std::collections::HashMap;

use diesel::prelude::*;

use super::one;
use crate::booking::{CarId, Money, money};
use crate::fleet::{Car, Condition, NewCar};
use crate::place::Position;
use crate::runtime::clock::from_micros;
use crate::store::schema::{booking, car};
use crate::store::{AnyConn, StoreError};

/// Most rows that one listing gives; as many as fit into a frame.
pub const LIST_MAX: i64 = 100;

/// States of bookings that keep a car from others.
const LIVE: [&str; 3] = ["reserved", "ongoing", "overdue"];

#[derive(Queryable, Selectable)]
#[diesel(table_name = car)]
struct CarRow {
    id: i64,
    name: String,
    plate: String,
    make: String,
    model: String,
    body_type: String,
    colour: String,
    seats: i16,
    latitude: f64,
    longitude: f64,
    place: String,
    rate_per_hour: i64,
    currency: String,
    odometer_km: Option<f64>,
    fuel_percent: Option<f64>,
    condition: String,
    created_at: i64,
}

impl TryFrom<CarRow> for Car {
    type Error = StoreError;

    fn try_from(row: CarRow) -> Result<Self, StoreError> {
        let currency = money::currency(&row.currency).map_err(StoreError::refused)?;
        Ok(Self {
            id: CarId(row.id),
            name: row.name,
            plate: row.plate,
            make: row.make,
            model: row.model,
            body_type: row.body_type,
            colour: row.colour,
            seats: row.seats,
            position: Position::new(row.latitude, row.longitude).map_err(StoreError::refused)?,
            place: row.place,
            rate_per_hour: Money::new(row.rate_per_hour, currency),
            odometer_km: row.odometer_km,
            fuel_percent: row.fuel_percent,
            condition: row
                .condition
                .parse()
                .map_err(|err: crate::wire::UnknownName| StoreError::refused(err))?,
            created_at: from_micros(row.created_at),
        })
    }
}

/// At most `limit` cars with numbers above `after`, by number.
pub fn car_list(conn: &mut AnyConn, after: CarId, limit: i64) -> Result<Vec<Car>, StoreError> {
    let rows: Vec<CarRow> = car::table
        .filter(car::id.gt(after.0))
        .order(car::id)
        .limit(limit)
        .select(CarRow::as_select())
        .load(conn)?;
    rows.into_iter().map(Car::try_from).collect()
}

/// The car of that number.
pub fn car_by_id(conn: &mut AnyConn, id: CarId) -> Result<Option<Car>, StoreError> {
    let row = car::table
        .find(id.0)
        .select(CarRow::as_select())
        .first(conn)
        .optional()?;
    row.map(Car::try_from).transpose()
}

/// The car of that exact name.
pub fn car_by_name(conn: &mut AnyConn, name: &str) -> Result<Option<Car>, StoreError> {
    let row = car::table
        .filter(car::name.eq(name))
        .select(CarRow::as_select())
        .first(conn)
        .optional()?;
    row.map(Car::try_from).transpose()
}

/// What cars are called, of those that are there.
pub fn car_names(conn: &mut AnyConn, ids: &[i64]) -> Result<HashMap<CarId, String>, StoreError> {
    /// Numbers of one query: there is a bound on what a query may name.
    const AT_ONCE: usize = 500;
    let mut names = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(AT_ONCE) {
        let rows: Vec<(i64, String)> = car::table
            .filter(car::id.eq_any(ids))
            .select((car::id, car::name))
            .load(conn)?;
        names.extend(rows.into_iter().map(|(id, name)| (CarId(id), name)));
    }
    Ok(names)
}

/// Writes a new car; a taken name or plate is a conflict on `car.name` or `car.plate`.
pub fn car_insert(conn: &mut AnyConn, new: &NewCar, at: i64) -> Result<CarId, StoreError> {
    let id = diesel::insert_into(car::table)
        .values((
            car::name.eq(&new.name),
            car::plate.eq(&new.plate),
            car::make.eq(&new.make),
            car::model.eq(&new.model),
            car::body_type.eq(&new.body_type),
            car::colour.eq(&new.colour),
            car::seats.eq(new.seats),
            car::latitude.eq(new.position.latitude()),
            car::longitude.eq(new.position.longitude()),
            car::place.eq(&new.place),
            car::rate_per_hour.eq(new.rate_per_hour.minor),
            car::currency.eq(new.rate_per_hour.currency.code()),
            car::condition.eq(Condition::Usable.as_str()),
            car::created_at.eq(at),
        ))
        .returning(car::id)
        .get_result(conn)?;
    Ok(CarId(id))
}

/// Writes a car over the one of that number, but for its name; a taken plate is a conflict on `car.plate`.
pub fn car_update(conn: &mut AnyConn, id: CarId, car: &NewCar) -> Result<(), StoreError> {
    let changed = diesel::update(car::table.find(id.0))
        .set((
            car::plate.eq(&car.plate),
            car::make.eq(&car.make),
            car::model.eq(&car.model),
            car::body_type.eq(&car.body_type),
            car::colour.eq(&car.colour),
            car::seats.eq(car.seats),
            car::latitude.eq(car.position.latitude()),
            car::longitude.eq(car.position.longitude()),
            car::place.eq(&car.place),
            car::rate_per_hour.eq(car.rate_per_hour.minor),
            car::currency.eq(car.rate_per_hour.currency.code()),
        ))
        .execute(conn)?;
    one(changed)
}

/// Whether somebody has the car.
pub fn car_is_out(conn: &mut AnyConn, id: CarId) -> Result<bool, StoreError> {
    let out: Option<i64> = booking::table
        .filter(booking::car_id.eq(id.0))
        .filter(booking::state.eq_any(["ongoing", "overdue"]))
        .select(booking::id)
        .first(conn)
        .optional()?;
    Ok(out.is_some())
}

/// What writing a car over the one of its name did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upserted {
    /// The car, which keeps its number.
    pub car: CarId,
    /// Whether it is new.
    pub is_new: bool,
    /// Whether its position and place stayed, because somebody has booked it.
    pub position_kept: bool,
}

/// Writes a car anew or over the one of that name.
///
/// The number, the condition, odometer and fuel stay. While a booking of the car is live, its position and
/// place stay too: people have been told where it stands, and the file cannot know better than its return.
pub fn car_upsert_by_name(conn: &mut AnyConn, new: &NewCar, at: i64) -> Result<Upserted, StoreError> {
    let known: Option<i64> = car::table
        .filter(car::name.eq(&new.name))
        .select(car::id)
        .first(conn)
        .optional()?;
    let Some(id) = known else {
        let car = car_insert(conn, new, at)?;
        return Ok(Upserted {
            car,
            is_new: true,
            position_kept: false,
        });
    };
    diesel::update(car::table.find(id))
        .set((
            car::plate.eq(&new.plate),
            car::make.eq(&new.make),
            car::model.eq(&new.model),
            car::body_type.eq(&new.body_type),
            car::colour.eq(&new.colour),
            car::seats.eq(new.seats),
            car::rate_per_hour.eq(new.rate_per_hour.minor),
            car::currency.eq(new.rate_per_hour.currency.code()),
        ))
        .execute(conn)?;
    let position_kept = is_booked(conn, id)?;
    if !position_kept {
        diesel::update(car::table.find(id))
            .set((
                car::latitude.eq(new.position.latitude()),
                car::longitude.eq(new.position.longitude()),
                car::place.eq(&new.place),
            ))
            .execute(conn)?;
    }
    Ok(Upserted {
        car: CarId(id),
        is_new: false,
        position_kept,
    })
}

fn is_booked(conn: &mut AnyConn, car: i64) -> Result<bool, StoreError> {
    let live: Option<i64> = booking::table
        .filter(booking::car_id.eq(car))
        .filter(booking::state.eq_any(LIVE))
        .select(booking::id)
        .first(conn)
        .optional()?;
    Ok(live.is_some())
}

/// Says whether a car can be used; `Missing` when there is no such car.
pub fn car_set_condition(conn: &mut AnyConn, id: CarId, condition: Condition) -> Result<(), StoreError> {
    let changed = diesel::update(car::table.find(id.0))
        .set(car::condition.eq(condition.as_str()))
        .execute(conn)?;
    one(changed)
}

/// How a car was left. What is `None` stays as it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Parked {
    /// Where it stands.
    pub position: Position,
    /// The name of that place; without one the car has none there.
    pub place: Option<String>,
    /// What it has driven.
    pub odometer_km: Option<f64>,
    /// What is left in the tank or battery.
    pub fuel_percent: Option<f64>,
}

/// Writes where a car stands; `Missing` when there is no such car.
pub fn car_park(conn: &mut AnyConn, id: CarId, parked: &Parked) -> Result<(), StoreError> {
    #[derive(AsChangeset)]
    #[diesel(table_name = car)]
    struct ParkForm<'a> {
        latitude: f64,
        longitude: f64,
        place: &'a str,
        // A changeset leaves out what is None.
        odometer_km: Option<f64>,
        fuel_percent: Option<f64>,
    }
    let form = ParkForm {
        latitude: parked.position.latitude(),
        longitude: parked.position.longitude(),
        place: parked.place.as_deref().unwrap_or_default(),
        odometer_km: parked.odometer_km,
        fuel_percent: parked.fuel_percent,
    };
    one(diesel::update(car::table.find(id.0)).set(&form).execute(conn)?)
}
