//! `s.lastseen(user?)`: whether a person is online, and since or until when.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::seen;
use crate::booking::UserId;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::presence::store::presence_find;
use crate::registry::permissions::Permission;

/// Tells whether a person is online, and since when if you may see them. When a person was last seen is told to operators and to that person only: to everybody else, somebody who may not be seen is the same as somebody who is offline.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LastSeen {
    /// User name; left out, you.
    user: Option<String>,
}

/// How a person was seen.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Seen {
    user: String,
    user_id: i64,
    online: bool,
    /// When they came; absent while offline.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    /// The end of their last session; absent while online, when they were never here, and when it is not yours to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen: Option<String>,
}

impl Command for LastSeen {
    const NAME: &'static str = "s.lastseen";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::User;
    type Reply = Seen;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let (user, name) = match self.user {
            None => (caller.user()?, caller.username()),
            Some(name) => {
                if !caller.is_operator() {
                    caller.user()?;
                }
                let user = house.accounts.user_by_name(&name).await?;
                (user.id, user.username)
            }
        };
        let is_seen = !seen(house, caller, vec![user]).await?.is_empty();
        let online = house.presence.find(user).filter(|_| is_seen);
        let may_know = caller.is_operator() || caller.standing.user == Some(user);
        let last_seen = match &online {
            None if may_know => last_seen(house, user).await?,
            _ => None,
        };
        Ok(Seen {
            user: name,
            user_id: user.0,
            online: online.is_some(),
            since: online.map(|online| online.since.to_string()),
            last_seen,
        })
    }
}

/// What is in memory is newer than what is written.
async fn last_seen(house: &House, user: UserId) -> Result<Option<String>, Error> {
    let seen_at = match house.presence.unwritten(user) {
        Some(mark) => Some(mark.seen_at),
        None => house.store.read(move |conn| presence_find(conn, user)).await?,
    };
    Ok(seen_at.map(|seen_at| seen_at.to_string()))
}
