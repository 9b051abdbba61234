//! `s.endnotice(notice)`: an emergency is over.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::{Caller, Category, Command, dispatch};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Ends an emergency notice before its time: who comes from now on does not hear it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EndNotice {
    /// Its number.
    notice: i64,
}

impl Command for EndNotice {
    const NAME: &'static str = "s.endnotice";
    const CATEGORY: Category = Category::Messages;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let reply = format!("Ended notice {}", self.notice);
        let change = caller.change(house.clock.now());
        let answer = dispatch::kept(Ok(&reply));
        if house.mail.end_notice(self.notice, change, answer).await? {
            return Ok(reply);
        }
        let message = format!("no notice {} is in force", self.notice);
        Err(Error::new(ErrorCode::NotFound, message))
    }
}
