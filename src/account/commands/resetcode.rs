//! `s.resetcode(user, expires?)` and `s.newpassword(code, new_password)`: a new password for somebody who forgot theirs,
//! which nobody but them knows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ending, hang_up};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Hours a code is good for when nobody says how long.
const HOURS: i64 = 24;

/// Makes a code by which a person gives themselves a new password; shown this once. The present password stays good until then.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResetCode {
    /// Their user name.
    user: String,
    /// When it ends, RFC 3339, at most 30 days from now; left out, in a day.
    expires: Option<String>,
}

/// To be handed over.
#[derive(Serialize, JsonSchema)]
pub(super) struct Handed {
    user: String,
    code: String,
    expires_at: String,
}

impl Command for ResetCode {
    const NAME: &'static str = "s.resetcode";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = Handed;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let user = house.accounts.user_by_name(&self.user).await?;
        super::may_manage(caller, &house.accounts.standing_of(user.id).await?)?;
        let now = house.clock.now();
        let expires_at = ending(self.expires.as_deref(), HOURS, now)?;
        let code = house
            .accounts
            .reset_code_add(user.id, expires_at, caller.change(now))
            .await?;
        Ok(Handed {
            user: user.username,
            code: code.reveal().to_owned(),
            expires_at: expires_at.to_string(),
        })
    }
}

/// Gives you a new password by a code from an operator, and ends every session of yours.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPassword {
    /// The code you were given.
    code: String,
    /// At least 8 characters.
    new_password: String,
}

impl Command for NewPassword {
    const NAME: &'static str = "s.newpassword";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Guest;
    const CHANGES: bool = true;
    type Reply = &'static str;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let change = caller.change(house.clock.now());
        let (_, ended) = house
            .accounts
            .reset_by_code(&self.code, self.new_password, &caller.source, change)
            .await?;
        hang_up(house, ended).await?;
        Ok("Your password is changed: sign in with it")
    }
}
