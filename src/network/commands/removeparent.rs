//! `s.removeparent()`: this server stands alone from now on.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::network::change_parent;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Leaves the server above this one, for good; a parent of the configuration too.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveParent {}

impl Command for RemoveParent {
    const NAME: &'static str = "s.removeparent";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Admin;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        if house.network.above().wanted.is_none() {
            return Err(Error::new(ErrorCode::NotNow, "this server has no parent"));
        }
        let said = "This server has no parent any more";
        change_parent(house, caller, None, said).await?;
        Ok(said.to_owned())
    }
}
