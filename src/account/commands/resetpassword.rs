//! `s.resetpassword(user)`: a new random password for somebody who forgot theirs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Gives a person a random password, shown this once, and signs them out everywhere.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResetPassword {
    /// Their user name.
    user: String,
}

/// To be handed over, and changed by its owner.
#[derive(Serialize, JsonSchema)]
pub(super) struct Handed {
    user: String,
    password: String,
}

impl Command for ResetPassword {
    const NAME: &'static str = "s.resetpassword";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = Handed;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let user = house.accounts.user_by_name(&self.user).await?;
        super::may_manage(caller, &house.accounts.standing_of(user.id).await?)?;
        let password = house
            .accounts
            .reset_password(user.id, caller.change(house.clock.now()))
            .await?;
        super::sign_out(house, user.id).await?;
        Ok(Handed {
            user: user.username,
            password: password.reveal().to_owned(),
        })
    }
}
