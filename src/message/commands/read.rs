//! `s.read(upto)`: marks messages as read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Marks your messages as read, up to a number of your inbox. What was read stays read.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Read {
    /// The number in your inbox up to which you have read.
    upto: u64,
}

/// How far it is read.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ReadTo {
    /// Everything up to it is read.
    read_seq: i64,
    /// How many are not.
    unread: i64,
}

impl Command for Read {
    const NAME: &'static str = "s.read";
    const CATEGORY: Category = Category::Messages;
    const NEEDS: Permission = Permission::User;
    type Reply = ReadTo;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let upto = i64::try_from(self.upto).unwrap_or(i64::MAX);
        let user = caller.user()?;
        let read = house.mail.read(user, upto).await?;
        let reader = (user, caller.username());
        house
            .mail
            .tell_read((reader.0, &reader.1), (read.before, read.head))
            .await?;
        Ok(ReadTo {
            read_seq: read.head.read_seq,
            unread: read.unread,
        })
    }
}
