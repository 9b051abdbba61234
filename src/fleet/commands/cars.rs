//! `s.cars(after?)`: the cars of the fleet, by number.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::CarView;
use crate::booking::CarId;
use crate::booking::engine::FreeTimes;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::store::{LIST_MAX, car_list};
use crate::fleet::{Car, Condition};
use crate::house::House;
use crate::registry::actor::UnitsHere;
use crate::registry::permissions::Permission;

/// Lists cars with what they cost, where they stand and when they are free next, a hundred at a time. Retired ones, and
/// whether a unit is connected, are for operators.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Cars {
    /// Only cars with ids above this one: the last of the page before.
    after: Option<i64>,
}

impl Command for Cars {
    const NAME: &'static str = "s.cars";
    const CATEGORY: Category = Category::Booking;
    const NEEDS: Permission = Permission::User;
    type Reply = Vec<CarView>;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let after = CarId(self.after.unwrap_or_default());
        let cars = house.store.read(move |conn| car_list(conn, after, LIST_MAX)).await?;
        let shown = cars
            .into_iter()
            .filter(|car| car.condition != Condition::Retired || caller.is_operator());
        let shown: Vec<Car> = shown.collect();
        let ids: Vec<CarId> = shown.iter().map(|car| car.id).collect();
        let free = house.bookings.ask(FreeTimes(ids.clone())).await?;
        let connected = match caller.is_operator() {
            true => Some(house.registry.ask(UnitsHere(ids)).await?),
            false => None,
        };
        let views = shown.into_iter().map(|car| {
            let id = car.id;
            let view = CarView::from(car).free(free.get(&id));
            match &connected {
                Some(connected) => view.connected(connected.contains(&id)),
                None => view,
            }
        });
        Ok(views.collect())
    }
}
