//! `s.cancelrepair(repair, note?)`: nothing will be done about a fault.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::RepairView;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::repairs::Step;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Gives an open repair up. The car is left as its other open faults leave it, usable without any.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CancelRepair {
    /// Number of the repair.
    repair: i64,
    /// Why.
    note: Option<String>,
}

impl Command for CancelRepair {
    const NAME: &'static str = "s.cancelrepair";
    const CATEGORY: Category = Category::Repair;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = RepairView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        super::note(self.note.as_ref())?;
        let by = super::own_repairs(caller)?;
        super::step(caller, house, self.repair, vec![Step::Cancel(self.note)], by).await
    }
}
