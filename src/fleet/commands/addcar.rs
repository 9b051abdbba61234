//! `s.addcar(car, plate, latitude, longitude, rate_per_hour, currency, make?, …)`: a car joins the fleet.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::CarView;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::changes::rate_of;
use crate::fleet::{NewCar, roster};
use crate::house::House;
use crate::place::Position;
use crate::registry::permissions::Permission;

/// Seats of a car of which nobody says how many it has.
const SEATS: i16 = 5;

/// Adds a car to the fleet. It can be booked when this is answered.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AddCar {
    /// What it is called by in commands, unique: 1 to 64 letters, digits, `-`, `_` and `.`.
    car: String,
    /// Its plate, unique: 1 to 32 characters.
    plate: String,
    /// Where it stands, degrees WGS 84.
    latitude: f64,
    /// Where it stands, degrees WGS 84.
    longitude: f64,
    /// What an hour costs, decimal text such as 13.00.
    rate_per_hour: String,
    /// ISO 4217 code of the rate, such as EUR.
    currency: String,
    /// Who built it, at most 128 characters as each text below.
    make: Option<String>,
    /// What they call it.
    model: Option<String>,
    /// Its shape: suv, sedan, ...
    body_type: Option<String>,
    /// Its colour.
    colour: Option<String>,
    /// How many people it takes, the driver included: 1 to 99; 5 unless said.
    seats: Option<i16>,
    /// The name of the place where it stands.
    place: Option<String>,
}

impl Command for AddCar {
    const NAME: &'static str = "s.addcar";
    const CATEGORY: Category = Category::Car;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = CarView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let new = NewCar {
            name: self.car,
            plate: self.plate,
            make: self.make.unwrap_or_default(),
            model: self.model.unwrap_or_default(),
            body_type: self.body_type.unwrap_or_default(),
            colour: self.colour.unwrap_or_default(),
            seats: self.seats.unwrap_or(SEATS),
            position: Position::new(self.latitude, self.longitude).map_err(super::bad)?,
            place: self.place.unwrap_or_default(),
            rate_per_hour: rate_of(&self.rate_per_hour, &self.currency).map_err(super::bad)?,
        };
        let change = caller.change(house.clock.now());
        let added = roster::add(&house.store, new, change, super::kept_car).await?;
        super::car_on_map(house, added.id).await;
        super::car_changed(house, added.id).await;
        Ok(CarView::from(added))
    }
}
