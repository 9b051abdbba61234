//! `s.retirecar(car, note?)`: a car leaves the fleet for good.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::CarView;
use crate::booking::engine;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::CarRef;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Takes a car out of the fleet for good; refused while somebody has booked it. Its bookings stay, and so do its name and
/// plate.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RetireCar {
    /// The car, by name or id.
    car: CarRef,
    /// Why; kept in the audit log.
    note: Option<String>,
}

impl Command for RetireCar {
    const NAME: &'static str = "s.retirecar";
    const CATEGORY: Category = Category::Car;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = CarView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        super::note(self.note.as_ref())?;
        let id = super::find_car(house, self.car).await?.id;
        let retire = engine::RetireCar {
            car: id,
            note: self.note,
            change: caller.change(house.clock.now()),
            keep: super::kept_car,
        };
        let retired = house.bookings.ask(retire).await??;
        super::car_on_map(house, id).await;
        Ok(CarView::from(retired))
    }
}
