//! `s.newgroup(name, inherits)`: a group of the operators' own.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::account::groups::Group;
use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Makes a group; who is in it holds its permission and all that the inherited group brings. At most 20 besides the built-in ones.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewGroup {
    /// 3 to 16 of a to z, 0 to 9, `_` and `-`, a letter first.
    name: String,
    /// The group it includes: guest, user, customer, engineer, manager, admin or one of your own.
    inherits: String,
}

impl Command for NewGroup {
    const NAME: &'static str = "s.newgroup";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Admin;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let reply = format!("Group '{}' inherits '{}'", self.name, self.inherits);
        let group = Group {
            name: self.name,
            inherits: Some(self.inherits),
        };
        let change = caller.change(house.clock.now());
        house.accounts.group_add(group, change, kept(Ok(&reply))).await?;
        Ok(reply)
    }
}
