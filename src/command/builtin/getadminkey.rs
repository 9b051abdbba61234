//! `s.getadminkey()`: when and by whom the admin key was set; the key itself is known to its holder only.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Tells when and by whom the admin key was set, never the key.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetAdminKey {}

/// About the key in force.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct About {
    key_id: i64,
    set_by: String,
    set_at: String,
}

impl Command for GetAdminKey {
    const NAME: &'static str = "s.getadminkey";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Admin;
    type Reply = About;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let key = house.accounts.admin_key().await?;
        let key = key.ok_or_else(|| Error::new(ErrorCode::NotFound, "no admin key is in force: s.setadminkey()"))?;
        Ok(About {
            key_id: key.id,
            set_by: key.made_by,
            set_at: key.created_at.to_string(),
        })
    }
}
