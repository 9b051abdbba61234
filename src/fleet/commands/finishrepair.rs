//! `s.finishrepair(repair, note?)`: the fault is mended.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::RepairView;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::repairs::Step;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Ends a repair that is being worked on. With no other fault open the car is usable again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FinishRepair {
    /// Number of the repair.
    repair: i64,
    /// What was done.
    note: Option<String>,
}

impl Command for FinishRepair {
    const NAME: &'static str = "s.finishrepair";
    const CATEGORY: Category = Category::Repair;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = RepairView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        super::note(self.note.as_ref())?;
        let by = super::own_repairs(caller)?;
        super::step(caller, house, self.repair, vec![Step::Finish(self.note)], by).await
    }
}
