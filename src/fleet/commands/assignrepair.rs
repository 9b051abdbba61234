//! `s.assignrepair(repair, engineer)`: charges an engineer with a repair.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::RepairView;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::repairs::Step;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Charges an engineer with a repair, or another one while nobody works on it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AssignRepair {
    /// Number of the repair.
    repair: i64,
    /// User name of the engineer.
    engineer: String,
}

impl Command for AssignRepair {
    const NAME: &'static str = "s.assignrepair";
    const CATEGORY: Category = Category::Repair;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = RepairView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let engineer = super::engineer(house, &self.engineer).await?;
        super::step(caller, house, self.repair, vec![Step::Assign(engineer.id)], None).await
    }
}
