//! `motorpool admin car`: the cars of the fleet.
//!
//! What a car must be is decided by `fleet::rules`. A car is retired, never deleted: its bookings tell
//! of it.

use clap::{Args, Subcommand};
use diesel::prelude::*;
use serde::Serialize;

use super::{PAGE_ROWS, Place};
use crate::booking::{BookingState, CarId, Money, money};
use crate::cli::Failure;
use crate::cli::table::table;
use crate::cli::tool::{Missing, Tool, change, note, say, say_json};
use crate::fleet::rules::check_car;
use crate::fleet::store::{car_by_id, car_by_name, car_insert, car_list, car_set_condition};
use crate::fleet::{Car, Condition, NewCar};
use crate::place::Position;
use crate::store::change::Change;
use crate::store::outside::{OutsideSubject, outside_insert};
use crate::store::schema::booking;
use crate::store::{AnyConn, StoreError};

/// What to do with cars.
#[derive(Debug, Subcommand)]
pub(super) enum CarCommand {
    /// Add a car.
    Add(Box<Add>),
    /// List all cars.
    List,
    /// Show one car.
    Show { name: String },
    /// Take a car out of the fleet for good; refused while somebody has booked it.
    Retire { name: String },
}

/// A car to be added.
#[derive(Debug, Args)]
pub(super) struct Add {
    /// Unique name: letters, digits, `.`, `_` and `-`.
    name: String,
    /// Unique plate.
    #[arg(long)]
    plate: String,
    /// Who built it.
    #[arg(long, default_value = "")]
    make: String,
    /// What they call it.
    #[arg(long, default_value = "")]
    model: String,
    /// Its shape: suv, sedan, ...
    #[arg(long, default_value = "")]
    body_type: String,
    /// Its colour.
    #[arg(long, default_value = "")]
    colour: String,
    /// How many people it takes, the driver included.
    #[arg(long, default_value_t = 5)]
    seats: i16,
    /// Degrees north.
    #[arg(long, allow_negative_numbers = true)]
    latitude: f64,
    /// Degrees east.
    #[arg(long, allow_negative_numbers = true)]
    longitude: f64,
    /// The name of the place where it stands.
    #[arg(long, default_value = "")]
    place: String,
    /// What an hour costs, such as 13.00.
    #[arg(long, value_name = "AMOUNT")]
    rate_per_hour: String,
    /// ISO 4217 code of the rate, such as EUR.
    #[arg(long, value_name = "CODE")]
    currency: String,
}

/// A car as shown.
#[derive(Debug, Serialize)]
struct CarView {
    car_id: i64,
    car: String,
    plate: String,
    make: String,
    model: String,
    body_type: String,
    colour: String,
    seats: i16,
    latitude: f64,
    longitude: f64,
    place: String,
    rate_per_hour: String,
    currency: &'static str,
    odometer_km: Option<f64>,
    fuel_percent: Option<f64>,
    condition: &'static str,
    created_at: String,
}

impl From<Car> for CarView {
    fn from(car: Car) -> Self {
        Self {
            car_id: car.id.0,
            car: car.name,
            plate: car.plate,
            make: car.make,
            model: car.model,
            body_type: car.body_type,
            colour: car.colour,
            seats: car.seats,
            latitude: car.position.latitude(),
            longitude: car.position.longitude(),
            place: car.place,
            rate_per_hour: car.rate_per_hour.to_string(),
            currency: car.rate_per_hour.currency.code(),
            odometer_km: car.odometer_km,
            fuel_percent: car.fuel_percent,
            condition: car.condition.as_str(),
            created_at: car.created_at.to_string(),
        }
    }
}

impl CarCommand {
    pub(super) fn run(self, place: &Place) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(place),
            Self::List => list(place),
            Self::Show { name } => {
                let tool = Tool::open(&place.store, Missing::Refuse)?;
                show(place, find(&tool, &name)?)
            }
            Self::Retire { name } => retire(place, &name),
        }
    }
}

impl Add {
    fn run(self, place: &Place) -> Result<(), Failure> {
        let currency = money::currency(&self.currency).map_err(Failure::failed)?;
        let new = NewCar {
            name: self.name,
            plate: self.plate,
            make: self.make,
            model: self.model,
            body_type: self.body_type,
            colour: self.colour,
            seats: self.seats,
            position: Position::new(self.latitude, self.longitude).map_err(Failure::failed)?,
            place: self.place,
            rate_per_hour: Money::parse(&self.rate_per_hour, currency).map_err(Failure::failed)?,
        };
        check_car(&new).map_err(Failure::failed)?;
        let plate = new.plate.clone();
        let tool = Tool::open(&place.store, Missing::Make)?;
        let written = tool
            .store
            .write_blocking(move |conn| add(conn, &new, &change("admin car add")));
        let car = written.map_err(|error| match error {
            StoreError::Conflict { what } if what == "car.plate" => {
                Failure::failed(format!("another car has the plate {plate:?}"))
            }
            other => Failure::failed(other),
        })?;
        show(place, car)
    }
}

fn add(conn: &mut AnyConn, new: &NewCar, change: &Change) -> Result<Car, StoreError> {
    // Where the plate is taken too, the database may name that alone.
    if car_by_name(conn, &new.name)?.is_some() {
        return Err(StoreError::refused(format!("there is a car {:?} already", new.name)));
    }
    let id = car_insert(conn, new, change.at.as_microsecond())?;
    record(conn, id, change)
}

/// Leaves the trail of a changed car and answers with how it is now.
fn record(conn: &mut AnyConn, id: CarId, change: &Change) -> Result<Car, StoreError> {
    outside_insert(conn, OutsideSubject::Car, id.0, change.at.as_microsecond())?;
    change.record(conn, &format!("car:{id}"), "ok", None, None)?;
    car_by_id(conn, id)?.ok_or(StoreError::Missing)
}

fn find(tool: &Tool, name: &str) -> Result<Car, Failure> {
    let found = tool
        .store
        .read_blocking(|conn| car_by_name(conn, name))
        .map_err(Failure::failed)?;
    found.ok_or_else(|| Failure::failed(format!("there is no car {name:?}")))
}

fn retire(place: &Place, name: &str) -> Result<(), Failure> {
    let tool = Tool::open(&place.store, Missing::Refuse)?;
    let car = find(&tool, name)?;
    let name = car.name;
    let written = tool.store.write_blocking(move |conn| {
        let live = live_bookings(conn, car.id)?;
        if live > 0 {
            return Err(StoreError::refused(format!(
                "car {name:?} is booked (live bookings: {live}); cancel or return it first"
            )));
        }
        car_set_condition(conn, car.id, Condition::Retired)?;
        record(conn, car.id, &change("admin car retire"))
    });
    show(place, written.map_err(Failure::failed)?)
}

fn live_bookings(conn: &mut AnyConn, id: CarId) -> Result<i64, StoreError> {
    let live = BookingState::ALL
        .into_iter()
        .filter(|state| state.is_live())
        .map(BookingState::as_str);
    Ok(booking::table
        .filter(booking::car_id.eq(id.0))
        .filter(booking::state.eq_any(live))
        .count()
        .get_result(conn)?)
}

fn list(place: &Place) -> Result<(), Failure> {
    let tool = Tool::open(&place.store, Missing::Refuse)?;
    let views = tool.store.read_blocking(|conn| {
        let mut views: Vec<CarView> = Vec::new();
        let mut after = CarId(0);
        loop {
            let page = car_list(conn, after, PAGE_ROWS)?;
            let Some(last) = page.last() else { break };
            after = last.id;
            views.extend(page.into_iter().map(CarView::from));
        }
        Ok(views)
    });
    let views = views.map_err(Failure::failed)?;
    if place.json {
        return say_json(&views);
    }
    let count = views.len();
    let rows = views.into_iter().map(|view| {
        [
            view.car_id.to_string(),
            view.car,
            view.plate,
            format!("{} {}", view.make, view.model),
            view.place,
            format!("{} {}", view.rate_per_hour, view.currency),
            view.condition.to_owned(),
        ]
    });
    say(table(
        ["id", "car", "plate", "model", "place", "an hour", "condition"],
        rows,
    ))?;
    note(format!("{count} cars"));
    Ok(())
}

fn show(place: &Place, car: Car) -> Result<(), Failure> {
    let view = CarView::from(car);
    if place.json {
        return say_json(&view);
    }
    let unknown = || "not known".to_owned();
    let rows = [
        ["car", &view.car],
        ["id", &view.car_id.to_string()],
        ["plate", &view.plate],
        ["make", &view.make],
        ["model", &view.model],
        ["body type", &view.body_type],
        ["colour", &view.colour],
        ["seats", &view.seats.to_string()],
        ["position", &format!("{}, {}", view.latitude, view.longitude)],
        ["place", &view.place],
        ["an hour", &format!("{} {}", view.rate_per_hour, view.currency)],
        [
            "odometer",
            &view.odometer_km.map_or_else(unknown, |km| format!("{km} km")),
        ],
        [
            "fuel",
            &view.fuel_percent.map_or_else(unknown, |percent| format!("{percent} %")),
        ],
        ["condition", view.condition],
        ["added", &view.created_at],
    ];
    say(table(["", ""], rows.map(|row| row.map(str::to_owned))))
}
