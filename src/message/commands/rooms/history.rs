//! `s.roomhistory(room, before?, limit?)`: what was said in a room.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::page_bounds;
use super::asker;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::message::store::Saying;
use crate::registry::permissions::Permission;
use crate::runtime::clock::from_micros;

/// Shows what was said in a room that you are in, the newest first: since you joined or all, as the room has it. Of whispers you see your own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RoomHistory {
    /// Its name.
    room: String,
    /// Only messages with numbers below this one.
    before: Option<i64>,
    /// How many, 1 to 100; left out, 50. Fewer come when they are long.
    limit: Option<u64>,
}

/// A page of it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Page {
    /// Whether there are more behind this page.
    more: bool,
    messages: Vec<Said>,
}

/// One message.
#[derive(Debug, Serialize, JsonSchema)]
struct Said {
    id: i64,
    from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_user_id: Option<i64>,
    /// `room` or `whisper`.
    to: String,
    body: String,
    at: String,
}

impl From<Saying> for Said {
    fn from(saying: Saying) -> Self {
        Self {
            id: saying.id,
            from: saying.sender_name,
            from_user_id: saying.sender_id,
            to: saying.target,
            body: saying.body,
            at: from_micros(saying.sent_at).to_string(),
        }
    }
}

impl Command for RoomHistory {
    const NAME: &'static str = "s.roomhistory";
    const CATEGORY: Category = Category::Messages;
    const NEEDS: Permission = Permission::User;
    type Reply = Page;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let bounds = page_bounds(house, self.limit)?;
        let before = self.before.unwrap_or(i64::MAX);
        let (said, more) = house
            .mail
            .room_history(asker(caller)?, self.room, before, bounds)
            .await?;
        Ok(Page {
            more,
            messages: said.into_iter().map(Said::from).collect(),
        })
    }
}
