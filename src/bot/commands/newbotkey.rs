//! `s.newbotkey(bot?)`: another key for a bot.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::KeyView;
use crate::bot::roster;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::Refresh;
use crate::registry::permissions::Permission;

/// Gives a bot another key, shown this once. The key before opens nothing any more and its connections end; the one that
/// asks for itself may do nothing more. A bot may do so for itself, an operator for any.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewBotKey {
    /// Its id; the bot that calls when left out.
    bot: Option<String>,
}

impl Command for NewBotKey {
    const NAME: &'static str = "s.newbotkey";
    const CATEGORY: Category = Category::Bot;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = KeyView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let bot = super::meant(caller, house, self.bot).await?;
        let change = caller.change(house.clock.now());
        let (bot, before, key) = roster::new_key_for(&house.store, bot.name, change).await?;
        if caller.standing.key_id == Some(before) {
            // Whoever asks for itself is to hear the new key.
            let by = caller.standing.client_id.clone();
            house.registry.ask(Refresh::KeyReplaced(before, by)).await?;
        } else {
            super::send_away(house, before).await?;
        }
        Ok(KeyView {
            clearance: bot.clearance.as_str(),
            bot: bot.name,
            building: bot.building,
            key: key.reveal().to_owned(),
        })
    }
}
