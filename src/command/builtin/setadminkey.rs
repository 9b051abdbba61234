//! `s.setadminkey()`: a new random admin key in place of the old one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Makes a new random admin key, shows it this once, and revokes the one before. A key is never chosen, and a retry makes yet another. Sessions that are admin stay so.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetAdminKey {}

/// The key. It stands in no log and in no stored answer.
#[derive(Serialize, JsonSchema)]
pub(super) struct Made {
    key_id: i64,
    key: String,
}

impl Command for SetAdminKey {
    const NAME: &'static str = "s.setadminkey";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Admin;
    const CHANGES: bool = true;
    type Reply = Made;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let change = caller.change(house.clock.now());
        let (key_id, secret) = house.accounts.admin_key_replace(change).await?;
        Ok(Made {
            key_id,
            key: secret.reveal().to_owned(),
        })
    }
}
