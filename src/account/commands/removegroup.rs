//! `s.removegroup(name)`: a group of the operators' own goes.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::Strip;
use crate::registry::permissions::{Permission, Permissions};

/// Removes a group that no account holds, no other group inherits and no command needs. Clients that were given it for their session lose it. The built-in ones stay.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveGroup {
    /// Its name.
    name: String,
}

impl Command for RemoveGroup {
    const NAME: &'static str = "s.removegroup";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Admin;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let permission = Permission::named(&self.name);
        let needs_it = |needs: Permission| Some(needs) == permission;
        let mut needed_by = house.table().names_for(needs_it);
        needed_by.extend(house.requestables().names_for(needs_it));
        let reply = format!("Group '{}' is removed", self.name);
        let change = caller.change(house.clock.now());
        let answer = kept(Ok(&reply));
        house
            .accounts
            .group_remove(self.name, needed_by, change, answer)
            .await?;
        if let Some(permission) = permission {
            house.registry.ask(Strip(Permissions::NONE.with(permission))).await?;
        }
        Ok(reply)
    }
}
