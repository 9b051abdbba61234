//! `s.registerbot(bot, building)`: a bot that waits to be let, and its key.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::KeyView;
use crate::bot::BotError;
use crate::bot::roster;
use crate::bot::rules::{building_check, id_check};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Registers a bot for a building and gives it a key, which is shown this once. An operator must authorise it before it
/// may come in and speak.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RegisterBot {
    /// Its id and name: 1 to 50 letters, digits, `_`, `-` and `.`.
    bot: String,
    /// The id of the building it speaks in; there must be one.
    building: String,
}

impl Command for RegisterBot {
    const NAME: &'static str = "s.registerbot";
    const CATEGORY: Category = Category::Bot;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = KeyView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        id_check(&self.bot).map_err(BotError::from)?;
        building_check(&self.building).map_err(BotError::from)?;
        let bots_max = house.config.bots.bots_max;
        let change = caller.change(house.clock.now());
        let (bot, key) = roster::register(&house.store, self.bot, self.building, bots_max, change).await?;
        Ok(KeyView {
            clearance: bot.clearance.as_str(),
            bot: bot.name,
            building: bot.building,
            key: key.reveal().to_owned(),
        })
    }
}
