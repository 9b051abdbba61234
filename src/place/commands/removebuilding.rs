//! `s.removebuilding(building)`: a building is none any more.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Removes a building. Whoever was in it is in another one, or in none, when this is answered.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveBuilding {
    /// Its id.
    building: String,
}

impl Command for RemoveBuilding {
    const NAME: &'static str = "s.removebuilding";
    const CATEGORY: Category = Category::Places;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let answer = format!("building {:?} is removed", self.building);
        let keep = kept(Ok(answer.as_str()));
        let change = caller.change(house.clock.now());
        house.places.remove_building(&self.building, change, keep).await?;
        Ok(answer)
    }
}
