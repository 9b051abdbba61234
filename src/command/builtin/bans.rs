//! `s.bans(after?)`: who may not come in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Bans in one answer; `after` gives the next page.
const LIST_MAX: usize = 200;

/// Lists the bans in force by subject, at most 200.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Bans {
    /// Only those behind this subject.
    after: Option<String>,
}

/// One ban.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Banned {
    /// `user:7`, `name:anna`, `address:10.0.0.1`.
    subject: String,
    name: String,
    by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    until: String,
}

impl Command for Bans {
    const NAME: &'static str = "s.bans";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::Manager;
    type Reply = Vec<Banned>;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let after = self.after.unwrap_or_default();
        let listed = house.bans.listed(&after, LIST_MAX, house.clock.now());
        let banned = |(subject, ban): (String, crate::registry::sanctions::Sanction)| Banned {
            subject,
            name: ban.name,
            by: ban.by,
            reason: ban.reason,
            until: ban.until.to_string(),
        };
        Ok(listed.into_iter().map(banned).collect())
    }
}
