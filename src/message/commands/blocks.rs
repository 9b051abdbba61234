//! `s.blocks(after?)`: whose messages one does not want.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::UserId;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::message::store::{Blocked, block_list};
use crate::registry::permissions::Permission;
use crate::runtime::clock::from_micros;

/// People in one answer; `after` gives the next page.
const LIST_MAX: i64 = 200;

/// Lists whom you block, at most 200, by account number.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Blocks {
    /// Only accounts with numbers above this one.
    after: Option<i64>,
}

/// Somebody who is blocked.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Shown {
    user: String,
    user_id: i64,
    /// Since when.
    at: String,
}

impl From<Blocked> for Shown {
    fn from(blocked: Blocked) -> Self {
        Self {
            user: blocked.username,
            user_id: blocked.id,
            at: from_micros(blocked.at).to_string(),
        }
    }
}

impl Command for Blocks {
    const NAME: &'static str = "s.blocks";
    const CATEGORY: Category = Category::Messages;
    const NEEDS: Permission = Permission::User;
    type Reply = Vec<Shown>;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let (user, after): (UserId, i64) = (caller.user()?, self.after.unwrap_or(0));
        let listed = house
            .store
            .read(move |conn| block_list(conn, user, after, LIST_MAX))
            .await?;
        Ok(listed.into_iter().map(Shown::from).collect())
    }
}
