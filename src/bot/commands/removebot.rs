//! `s.removebot(bot)`: forgets a bot.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{BotView, kept_bot};
use crate::bot::roster;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Forgets a bot with its key, schedules and webhooks; its connections end. What it said stays in the log of its building.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveBot {
    /// Its id.
    bot: String,
}

impl Command for RemoveBot {
    const NAME: &'static str = "s.removebot";
    const CATEGORY: Category = Category::Bot;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = BotView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let change = caller.change(house.clock.now());
        let bot = roster::remove(&house.store, self.bot, change, kept_bot).await?;
        super::send_away(house, bot.key_id).await?;
        Ok(BotView::from(&bot))
    }
}
