//! `s.unwatchrange(watch?)`: hear no more of who is near.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::vicinity::Unwatch;
use crate::wire::ErrorCode;

/// Ends a watch of your range, or all of this client.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UnwatchRange {
    /// Its number; all of them unless said.
    watch: Option<u64>,
}

/// Watches that ended.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Unwatched {
    ended: Vec<u64>,
}

impl Command for UnwatchRange {
    const NAME: &'static str = "s.unwatchrange";
    const CATEGORY: Category = Category::Places;
    const NEEDS: Permission = Permission::User;
    type Reply = Unwatched;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let unwatch = Unwatch {
            client_id: caller.standing.client_id.clone(),
            watch: self.watch,
        };
        let ended = super::watches(house)?.ask(unwatch).await?;
        match self.watch {
            Some(watch) if ended.is_empty() => {
                Err(Error::new(ErrorCode::NotFound, format!("you have no watch {watch}")))
            }
            _ => Ok(Unwatched { ended }),
        }
    }
}
