//! `s.distrustunit(car)`: the unit of a car sends frames again, like every other.

use schemars::JsonSchema;
use serde::Deserialize;

use super::trustunit::{UnitTrust, set};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::CarRef;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Takes back that the unit of a car may send ready embeddings; from the next call on it sends frames like every other.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DistrustUnit {
    /// Name or id of the car.
    car: CarRef,
}

impl Command for DistrustUnit {
    const NAME: &'static str = "s.distrustunit";
    const CATEGORY: Category = Category::Car;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = UnitTrust;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        set(caller, house, self.car, false).await
    }
}
