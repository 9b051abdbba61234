//! `s.changecar(car, plate?, latitude?, longitude?, rate_per_hour?, …)`: a car becomes another in some respects.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::CarView;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::changes::CarChanges;
use crate::fleet::{CarRef, roster};
use crate::house::House;
use crate::registry::permissions::Permission;

/// Changes what is given of a car, the rest stays. Bookings that were made keep their price. A car that is out is moved by
/// its return alone.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeCar {
    /// The car, by name or id.
    car: CarRef,
    /// Its plate, unique: 1 to 32 characters.
    plate: Option<String>,
    /// Where it stands, degrees WGS 84; with `longitude`. The place there has no name unless `place` is given.
    latitude: Option<f64>,
    /// Where it stands, degrees WGS 84; with `latitude`.
    longitude: Option<f64>,
    /// What an hour costs from now on, decimal text such as 13.00.
    rate_per_hour: Option<String>,
    /// ISO 4217 code of the rate, such as EUR; that of before unless said.
    currency: Option<String>,
    /// Who built it, at most 128 characters as each text below.
    make: Option<String>,
    /// What they call it.
    model: Option<String>,
    /// Its shape: suv, sedan, ...
    body_type: Option<String>,
    /// Its colour.
    colour: Option<String>,
    /// How many people it takes, the driver included: 1 to 99.
    seats: Option<i16>,
    /// The name of the place where it stands.
    place: Option<String>,
}

impl Command for ChangeCar {
    const NAME: &'static str = "s.changecar";
    const CATEGORY: Category = Category::Car;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = CarView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let position = super::position(self.latitude, self.longitude)?;
        let changes = CarChanges {
            plate: self.plate,
            make: self.make,
            model: self.model,
            body_type: self.body_type,
            colour: self.colour,
            seats: self.seats,
            position,
            place: self.place,
            rate_per_hour: self.rate_per_hour,
            currency: self.currency,
        };
        if changes.is_empty() {
            return Err(super::bad("wanted something to change"));
        }
        let id = super::find_car(house, self.car).await?.id;
        let change = caller.change(house.clock.now());
        let changed = roster::alter(&house.store, id, changes, change, super::kept_car).await?;
        // Otherwise the map may know better than the store where the car is.
        if let Some(position) = position {
            house.places.cars_moved([(id, position)]);
        }
        super::car_changed(house, id).await;
        Ok(CarView::from(changed))
    }
}
