//! `s.abortupload(upload)`: lets an upload go.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::asker;
use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Lets an upload of yours go that is not finished; its room is free at once.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AbortUpload {
    /// Its id.
    upload: String,
}

/// What was let go.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Aborted {
    upload: String,
}

impl Command for AbortUpload {
    const NAME: &'static str = "s.abortupload";
    const CATEGORY: Category = Category::Files;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = Aborted;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let change = caller.change(house.clock.now());
        let aborted = |upload: String| Aborted { upload };
        let id = house
            .files
            .abort(asker(caller)?, &self.upload, change, move |id| {
                kept(Ok(aborted(id.to_string())))
            })
            .await?;
        Ok(aborted(id.to_string()))
    }
}
