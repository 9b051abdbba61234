//! `s.revokebot(bot)`: shuts a bot out at once.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{BotView, kept_bot};
use crate::bot::{Clearance, roster};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Shuts a bot out at once: its connections end, its schedules are paused, and its key opens nothing until it is
/// authorised again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RevokeBot {
    /// Its id.
    bot: String,
}

impl Command for RevokeBot {
    const NAME: &'static str = "s.revokebot";
    const CATEGORY: Category = Category::Bot;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = BotView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let change = caller.change(house.clock.now());
        let bot = roster::decide(&house.store, self.bot, Clearance::Revoked, change, kept_bot).await?;
        super::send_away(house, bot.key_id).await?;
        Ok(BotView::from(&bot))
    }
}
