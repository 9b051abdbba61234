//! `s.inbox(after?, before?, limit?, unread?)`: one's messages, page by page.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page_bounds;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::message::mail::{InboxAsked, MessageView, view};
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Shows your messages: the newest first, or with `after` the oldest first behind that one. The numbers are those of your inbox.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Inbox {
    /// Only behind this number, oldest first.
    after: Option<u64>,
    /// Only before this number.
    before: Option<u64>,
    /// How many, 1 to 100; left out, 50. Fewer come when they are long.
    limit: Option<u64>,
    /// Only what you have not read.
    unread: Option<bool>,
}

/// A page of an inbox.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Page {
    /// In which `seq` counts; another one says that numbers counted anew.
    epoch: String,
    /// The number of the last message.
    last_seq: i64,
    /// Everything up to it is read.
    read_seq: i64,
    /// How many are not read.
    unread: i64,
    /// Whether there are more behind this page.
    more: bool,
    messages: Vec<MessageView>,
}

impl Command for Inbox {
    const NAME: &'static str = "s.inbox";
    const CATEGORY: Category = Category::Messages;
    const NEEDS: Permission = Permission::User;
    type Reply = Page;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let user = caller.user()?;
        let page = house.mail.inbox(user, self.asked(house)?).await?;
        let epoch = house.mail.epoch();
        let messages = page.lines.lines.into_iter().map(|line| view(line, epoch));
        Ok(Page {
            epoch: epoch.to_owned(),
            last_seq: page.head.last_seq,
            read_seq: page.head.read_seq,
            unread: page.unread,
            more: page.lines.has_more,
            messages: messages.collect(),
        })
    }
}

impl Inbox {
    fn asked(&self, house: &House) -> Result<InboxAsked, Error> {
        if self.after.is_some() && self.before.is_some() {
            let message = "got after and before, wanted one of them";
            return Err(Error::new(ErrorCode::BadArguments, message));
        }
        // Beyond what a number may be there is nothing.
        let line = |seq: u64| i64::try_from(seq).unwrap_or(i64::MAX);
        Ok(InboxAsked {
            after: self.after.map(line),
            before: self.before.map(line),
            is_unread: self.unread == Some(true),
            bounds: page_bounds(house, self.limit)?,
        })
    }
}
