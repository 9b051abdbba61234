//! `s.setcondition(car, condition, note)`: a car is taken out of use, or back.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::CarView;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::{CarRef, Condition, roster};
use crate::house::House;
use crate::registry::permissions::Permission;

/// Takes a car out of use, `out_of_service`: nobody can book it, and who has booked it cannot open it; who has it now can
/// still lock it and bring it back. Or takes it back, `usable`: then it is as its open repairs say.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetCondition {
    /// The car, by name or id.
    car: CarRef,
    /// out_of_service or usable.
    condition: String,
    /// Why; kept in the audit log.
    note: String,
}

impl Command for SetCondition {
    const NAME: &'static str = "s.setcondition";
    const CATEGORY: Category = Category::Car;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = CarView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        super::text("note", &self.note)?;
        let wanted: Condition = self.condition.parse().map_err(super::bad)?;
        let id = super::find_car(house, self.car).await?.id;
        let change = caller.change(house.clock.now());
        let set = roster::set_condition(&house.store, id, wanted, self.note, change, super::kept_car).await?;
        super::car_changed(house, id).await;
        Ok(CarView::from(set))
    }
}
