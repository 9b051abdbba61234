//! `s.authorisebot(bot)`: lets a bot speak.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{BotView, kept_bot};
use crate::bot::{Clearance, roster};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Lets a bot come in and speak in its building. Its schedules, if it had some, stay paused until somebody lets them go on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AuthoriseBot {
    /// Its id.
    bot: String,
}

impl Command for AuthoriseBot {
    const NAME: &'static str = "s.authorisebot";
    const CATEGORY: Category = Category::Bot;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = BotView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let change = caller.change(house.clock.now());
        let bot = roster::decide(&house.store, self.bot, Clearance::Authorised, change, kept_bot).await?;
        Ok(BotView::from(&bot))
    }
}
