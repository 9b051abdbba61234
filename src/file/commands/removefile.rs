//! `s.removefile(file)`: ends a file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::asker;
use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::file::rules::ids::FileId;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Ends a file for good. Offers of it end with it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveFile {
    /// Its number.
    file: i64,
}

/// What was ended.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Removed {
    file: i64,
    name: String,
    version: i64,
    /// Bytes that are free again.
    size: u64,
}

impl Command for RemoveFile {
    const NAME: &'static str = "s.removefile";
    const CATEGORY: Category = Category::Files;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = Removed;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let change = caller.change(house.clock.now());
        let removed = |file: &crate::file::store::Stored| Removed {
            file: file.id.0,
            name: file.name.clone(),
            version: file.version,
            size: file.size,
        };
        let file = house
            .files
            .remove(asker(caller)?, FileId(self.file), change, move |file| {
                kept(Ok(removed(file)))
            })
            .await?;
        Ok(removed(&file))
    }
}
