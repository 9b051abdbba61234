//! `s.sent(before?, limit?)`: what one has written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page_bounds;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::message::store::{Written, letter_written};
use crate::registry::permissions::Permission;
use crate::runtime::clock::from_micros;

/// Shows the messages that you have sent and that are kept, the newest first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Sent {
    /// Only messages with numbers below this one.
    before: Option<i64>,
    /// How many, 1 to 100; left out, 50. Fewer come when they are long.
    limit: Option<u64>,
}

/// A page of them.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Page {
    /// Whether there are more behind this page.
    more: bool,
    messages: Vec<Shown>,
}

/// One message.
#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    id: i64,
    /// Whom it is for: `user`, `building`, `range_m`, `room`, `whisper` or `everybody`.
    to: String,
    /// The building or the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    body: String,
    at: String,
    /// For how many people it is.
    recipients: i64,
}

impl From<Written> for Shown {
    fn from(written: Written) -> Self {
        Self {
            id: written.id,
            to: written.target,
            place: written.target_name,
            body: written.body,
            at: from_micros(written.sent_at).to_string(),
            recipients: written.recipients,
        }
    }
}

impl Command for Sent {
    const NAME: &'static str = "s.sent";
    const CATEGORY: Category = Category::Messages;
    const NEEDS: Permission = Permission::User;
    type Reply = Page;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let user = caller.user()?;
        let bounds = page_bounds(house, self.limit)?;
        let (before, now) = (self.before.unwrap_or(i64::MAX), house.clock.now().as_microsecond());
        let (messages, more) = house
            .store
            .read(move |conn| letter_written(conn, user, before, now, bounds))
            .await?;
        Ok(Page {
            more,
            messages: messages.into_iter().map(Shown::from).collect(),
        })
    }
}
