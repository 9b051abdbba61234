//! `s.grant(user, group...)`: groups for an account, whether or not it is connected.

use schemars::JsonSchema;
use serde::Deserialize;

use super::holding;
use crate::command::builtin::others;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Puts another account into groups for good, besides its role; open connections feel it at once. Nobody gives what they do not hold; an admin may give every group.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Grant {
    /// User name of the account; not yours.
    user: String,
    /// Names of groups.
    group: Vec<String>,
}

impl Command for Grant {
    const NAME: &'static str = "s.grant";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let named = others::permissions(&self.group)?;
        let user = house.accounts.user_by_name(&self.user).await?;
        holding::grant(caller, house, &user, &named).await
    }
}
