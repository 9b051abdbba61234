//! `s.setrole(user, role)`: what a person may do, from now on.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Gives a person a role: guest, user, customer, engineer, manager, admin or a group of your own. Open connections feel it at once.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetRole {
    /// Their user name.
    user: String,
    /// The role.
    role: String,
}

impl Command for SetRole {
    const NAME: &'static str = "s.setrole";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let user = house.accounts.user_by_name(&self.user).await?;
        super::may_manage(caller, &house.accounts.standing_of(user.id).await?)?;
        super::may_manage(caller, &house.accounts.chains(vec![self.role.clone()]).await?)?;
        let change = caller.change(house.clock.now());
        house.accounts.set_role(user.id, self.role.clone(), change).await?;
        super::refresh(house, user.id).await?;
        Ok(format!("{} is now {}", user.username, self.role))
    }
}
