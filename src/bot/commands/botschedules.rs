//! `s.botschedules(bot?, after?)`: what is said again and again.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::ScheduleView;
use crate::bot::schedules;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Schedules in one answer; `after` gives the next page.
const LIST_MAX: i64 = 100;

/// Lists the schedules of a bot by number; operators see those of all when they name none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BotSchedules {
    /// The bot's id; a bot that calls sees its own.
    bot: Option<String>,
    /// Only those with a higher number.
    after: Option<i64>,
}

impl Command for BotSchedules {
    const NAME: &'static str = "s.botschedules";
    const CATEGORY: Category = Category::Bot;
    const NEEDS: Permission = Permission::User;
    type Reply = Vec<ScheduleView>;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let bot = match self.bot {
            None if caller.is_operator() => None,
            named => Some(super::meant(caller, house, named).await?.name),
        };
        let listed = schedules::list(&house.store, bot, self.after.unwrap_or_default(), LIST_MAX).await?;
        Ok(listed.iter().map(ScheduleView::from).collect())
    }
}
