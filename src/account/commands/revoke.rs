//! `s.revoke(user, group...)`: groups taken from an account, whether or not it is connected.

use schemars::JsonSchema;
use serde::Deserialize;

use super::holding;
use crate::command::builtin::others;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Takes another account out of groups for good; open connections feel it at once. What its role brings stays: s.setrole changes that.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Revoke {
    /// User name of the account; not yours.
    user: String,
    /// Names of groups.
    group: Vec<String>,
}

impl Command for Revoke {
    const NAME: &'static str = "s.revoke";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let named = others::permissions(&self.group)?;
        let user = house.accounts.user_by_name(&self.user).await?;
        holding::revoke(caller, house, &user, &named).await
    }
}
