//! `s.reportcar(car, fault, priority?)`: something is wrong with a car.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::RepairView;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::CarRef;
use crate::fleet::desk;
use crate::fleet::repairs::{PRIORITY_DEFAULT, PRIORITY_MAX};
use crate::fleet::store::NewRepair;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Reports a fault of a car. Operators assign it to an engineer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportCar {
    /// The car, by name or id.
    car: CarRef,
    /// What is wrong.
    fault: String,
    /// 1 is the most urgent, 5 the least; 3 when left out.
    priority: Option<i16>,
}

impl Command for ReportCar {
    const NAME: &'static str = "s.reportcar";
    const CATEGORY: Category = Category::Repair;
    const NEEDS: Permission = Permission::Customer;
    const CHANGES: bool = true;
    type Reply = RepairView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        super::text("fault", &self.fault)?;
        let priority = self.priority.unwrap_or(PRIORITY_DEFAULT);
        if !(1..=PRIORITY_MAX).contains(&priority) {
            return Err(super::bad(format!(
                "`priority` is {priority}, wanted 1 to {PRIORITY_MAX}"
            )));
        }
        let car = super::find_car(house, self.car).await?;
        let change = caller.change(house.clock.now());
        let new = NewRepair {
            car: car.id,
            fault: self.fault,
            priority,
            reported_by: change.who.clone(),
        };
        let reported = desk::report(&house.store, new, change, super::kept_view).await;
        super::told(house, reported).await
    }
}
