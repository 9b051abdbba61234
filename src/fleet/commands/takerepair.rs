//! `s.takerepair(repair)`: the engineer who is charged with a repair begins to work.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::RepairView;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::repairs::Step;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Begins the work on a repair that you are charged with; operators may begin it for the engineer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TakeRepair {
    /// Number of the repair.
    repair: i64,
}

impl Command for TakeRepair {
    const NAME: &'static str = "s.takerepair";
    const CATEGORY: Category = Category::Repair;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = RepairView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let by = super::own_repairs(caller)?;
        super::step(caller, house, self.repair, vec![Step::Take], by).await
    }
}
