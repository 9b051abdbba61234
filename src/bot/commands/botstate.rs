//! `s.botstate(bot)`: how a bot is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bot::{Condition, roster};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::Find;
use crate::registry::permissions::Permission;

/// Says whether there is a bot of this id, whether it may speak, and whether it is connected.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BotStateOf {
    /// Its id.
    bot: String,
}

/// How it is.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct State {
    bot: String,
    /// Whether it is there, may speak and is not connected.
    available: bool,
    /// For people.
    state: &'static str,
    exists: bool,
    authorised: bool,
    running: bool,
}

impl Command for BotStateOf {
    const NAME: &'static str = "s.botstate";
    const CATEGORY: Category = Category::Bot;
    const NEEDS: Permission = Permission::User;
    type Reply = State;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let found = roster::find(&house.store, self.bot.clone()).await?;
        let is_connected = match &found {
            Some(bot) => {
                let holder = house.registry.ask(Find(bot.name.clone())).await?;
                holder.is_some_and(|(standing, _)| standing.key_id == Some(bot.key_id))
            }
            None => false,
        };
        let condition = Condition::of(found.as_ref().map(|bot| bot.clearance), is_connected);
        Ok(State {
            bot: self.bot.chars().take(crate::bot::rules::ID_LETTERS_MAX).collect(),
            available: condition == Condition::Available,
            state: condition.text(),
            exists: condition != Condition::Unknown,
            authorised: matches!(condition, Condition::Running | Condition::Available),
            running: condition == Condition::Running,
        })
    }
}
