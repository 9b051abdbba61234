//! `s.botmessage(body)`: a bot speaks to the people of its building.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{SaidView, kept_said};
use crate::bot::{BotError, speech};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Says something to everybody who is in the bot's building and connected now. It is written down first and then passed
/// on; the log of the building keeps it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SayAsBot {
    /// What is said: 1 to 250 characters.
    body: String,
}

impl Command for SayAsBot {
    const NAME: &'static str = "s.botmessage";
    const CATEGORY: Category = Category::Bot;
    const NEEDS: Permission = Permission::Bot;
    const CHANGES: bool = true;
    type Reply = SaidView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let key = caller.standing.key_id.ok_or(BotError::Unknown)?;
        let change = caller.change(house.clock.now());
        let said = speech::say(&house.store, key, self.body, change, kept_said).await?;
        super::pass_on_or_later(house, &said, "call").await;
        Ok(SaidView::from(&said))
    }
}
