//! `s.cars(after?)`: the cars of the fleet, by number.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::CarView;
use crate::booking::CarId;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::Condition;
use crate::fleet::store::{LIST_MAX, car_list};
use crate::house::House;
use crate::registry::permissions::Permission;

/// Lists cars with what they cost and where they stand, a hundred at a time. Retired ones are for operators.
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
        Ok(shown.map(CarView::from).collect())
    }
}
