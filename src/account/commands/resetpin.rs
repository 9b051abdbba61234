//! `s.resetpin(user)`: takes the PIN of somebody who forgot theirs or lost it to others.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Removes a person's PIN: they give themselves a new one by `s.setpin`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResetPin {
    /// Their user name.
    user: String,
}

impl Command for ResetPin {
    const NAME: &'static str = "s.resetpin";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let user = house.accounts.user_by_name(&self.user).await?;
        super::may_manage(caller, &house.accounts.standing_of(user.id).await?)?;
        let change = caller.change(house.clock.now());
        house.accounts.set_pin(user.id, None, change).await?;
        Ok(format!("{} has no PIN any more", user.username))
    }
}
