//! `s.carshere(building?, after?)`: cars in a building.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{CarSeen, CarsSeen};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Lists the cars in a building, those nearest to its centre first; the distances are from there. A car that somebody else has
/// out is seen by operators alone.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CarsHere {
    /// Its id; your building unless said.
    building: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
}

impl Command for CarsHere {
    const NAME: &'static str = "s.carshere";
    const CATEGORY: Category = Category::Places;
    const NEEDS: Permission = Permission::User;
    type Reply = CarsSeen;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let after = super::cursor(self.after.as_deref())?;
        let building = match &self.building {
            Some(id) => Some(house.places.building(id)?),
            None => house.places.building_of(caller.user()?),
        };
        let Some(building) = building else {
            return Ok(CarsSeen::default());
        };
        let seen = super::CarsFor::of(caller, house).await?;
        let page = house
            .places
            .cars_in(&building, after, super::PAGE, |car| seen.may_see(car.car))?;
        Ok(CarsSeen {
            cars: page.cars.into_iter().map(CarSeen::from).collect(),
            next: page.next.map(super::shown),
        })
    }
}
