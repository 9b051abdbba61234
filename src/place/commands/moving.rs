//! `s.move(latitude, longitude, accuracy_m?)`: where I am.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::InBuilding;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// A worse guess is none.
const ACCURACY_M_MAX: f64 = 100_000.0;

/// Says where you are; answers the building that is. Who sees it is your choice, see s.visibility. It is on the disk within
/// a second.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Move {
    /// Degrees WGS 84, -90 to 90.
    latitude: f64,
    /// Degrees WGS 84, -180 to 180.
    longitude: f64,
    /// How far off that may be, in metres.
    accuracy_m: Option<f64>,
}

impl Command for Move {
    const NAME: &'static str = "s.move";
    const CATEGORY: Category = Category::Places;
    const NEEDS: Permission = Permission::User;
    type Reply = InBuilding;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let user = caller.user()?;
        let position = super::position(self.latitude, self.longitude)?;
        if let Some(got) = self
            .accuracy_m
            .filter(|metres| !(0.0..=ACCURACY_M_MAX).contains(metres))
        {
            let message = format!("`accuracy_m` is {got}, wanted 0 to {ACCURACY_M_MAX} metres");
            return Err(super::bad(message));
        }
        let name = caller.standing.username.as_deref().unwrap_or_default();
        let building = house.places.say(user, name, position, self.accuracy_m)?;
        Ok(InBuilding::new(building.as_deref()))
    }
}
