//! `s.readers(message, after?)`: who has read a message of one's own.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::message::mail::ReaderView;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// People in one answer; `after` gives the next page.
const LIST_MAX: i64 = 200;

/// Tells who has read a message that you sent, at most 200 by account number; those who do not let senders know are not listed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Readers {
    /// The number of the message.
    message: i64,
    /// Only accounts with numbers above this one.
    after: Option<i64>,
}

impl Command for Readers {
    const NAME: &'static str = "s.readers";
    const CATEGORY: Category = Category::Messages;
    const NEEDS: Permission = Permission::User;
    type Reply = Vec<ReaderView>;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let after = self.after.unwrap_or(0);
        let readers = house
            .mail
            .readers(caller.user()?, self.message, after, LIST_MAX)
            .await?;
        readers.ok_or_else(|| {
            let message = format!("you have sent no message {}, or its time is over", self.message);
            Error::new(ErrorCode::NotFound, message)
        })
    }
}
