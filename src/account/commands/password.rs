//! `s.password(old_password, new_password)`: a new password for oneself.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Changes your password and ends every other session of yours.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Password {
    /// The present one.
    old_password: String,
    /// The new one, at least 8 characters.
    new_password: String,
}

impl Command for Password {
    const NAME: &'static str = "s.password";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = &'static str;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let (user, change) = (caller.user()?, caller.change(house.clock.now()));
        let own = Some(caller.standing.client_id.to_string());
        let (old, new) = (&self.old_password, self.new_password);
        let changed = house
            .accounts
            .change_password(user, old, new, &caller.source, own, change);
        super::hang_up(house, changed.await?).await?;
        Ok("Your password is changed")
    }
}
