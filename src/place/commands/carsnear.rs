//! `s.carsnear(radius_m?, latitude?, longitude?, after?)`: cars that are near.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{CarSeen, CarsSeen};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Lists the cars within your range, nearest first. A car that somebody else has out is seen by operators alone: it tells
/// where its rider is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CarsNear {
    /// Metres around; your range unless said.
    radius_m: Option<f64>,
    /// Where from, degrees WGS 84; where you are unless said.
    latitude: Option<f64>,
    /// Where from, degrees WGS 84.
    longitude: Option<f64>,
    /// The `next` of the page before.
    after: Option<String>,
}

impl Command for CarsNear {
    const NAME: &'static str = "s.carsnear";
    const CATEGORY: Category = Category::Places;
    const NEEDS: Permission = Permission::User;
    type Reply = CarsSeen;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let from = super::from(self.latitude, self.longitude)?;
        let radius_m = self.radius_m.map(|metres| super::range("radius_m", metres, house));
        let (radius_m, after) = (radius_m.transpose()?, super::cursor(self.after.as_deref())?);
        let own = caller.standing.user;
        let (from, radius_m) = house.places.around(own, from, radius_m)?;
        let from = from.ok_or_else(super::nowhere)?;
        let seen = super::CarsFor::of(caller, house).await?;
        let page = house
            .places
            .cars_near(from, radius_m, after, super::PAGE, |car| seen.may_see(car.car))?;
        Ok(CarsSeen {
            cars: page.cars.into_iter().map(CarSeen::from).collect(),
            next: page.next.map(super::shown),
        })
    }
}
