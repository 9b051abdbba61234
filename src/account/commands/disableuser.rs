//! `s.disableuser(user, disabled?)`: shuts a person out, or lets them in again.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Shuts a person out at once, open connections included; with `disabled` false lets them in again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DisableUser {
    /// Their user name.
    user: String,
    /// False lets them in again.
    disabled: Option<bool>,
}

impl Command for DisableUser {
    const NAME: &'static str = "s.disableuser";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let user = house.accounts.user_by_name(&self.user).await?;
        super::may_manage(caller, &house.accounts.standing_of(user.id).await?)?;
        let disabled = self.disabled.unwrap_or(true);
        let change = caller.change(house.clock.now());
        house.accounts.set_disabled(user.id, disabled, change).await?;
        if disabled {
            super::sign_out(house, user.id).await?;
        }
        let done = if disabled { "shut out" } else { "let in again" };
        Ok(format!("{} is {done}", user.username))
    }
}
