//! `s.schedulebot(body, every_s?, cron?, zone?, until?, bot?)`: something a bot says again and again.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{ScheduleView, kept_schedule};
use crate::bot::rhythm::instant;
use crate::bot::schedules::{self, Bounds, Draft};
use crate::bot::{BotError, Rhythm};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Has a bot say something every so many seconds from now on, or at the times of a cron pattern. The server does it, whether
/// or not the bot is connected. Runs that were missed are counted, not made up for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ScheduleBot {
    /// What is said: 1 to 250 characters.
    body: String,
    /// Seconds from run to run; the first run is now.
    every_s: Option<i64>,
    /// Minute, hour, day of the month, month and day of the week, such as `30 12 * * MON-FRI`.
    cron: Option<String>,
    /// Time zone of the pattern, such as `Europe/Lisbon`; UTC when left out.
    zone: Option<String>,
    /// After which it does not run any more, RFC 3339.
    until: Option<String>,
    /// The bot's id; the bot that calls when left out.
    bot: Option<String>,
}

impl Command for ScheduleBot {
    const NAME: &'static str = "s.schedulebot";
    const CATEGORY: Category = Category::Bot;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = ScheduleView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let bot = super::meant(caller, house, self.bot).await?;
        let now = house.clock.now();
        let config = &house.config.bots;
        let seconds_min = i64::from(config.schedule_seconds_min);
        let (every_s, cron, zone) = (self.every_s, self.cron, self.zone);
        // A pattern that never runs is looked for through all years there are.
        let rhythm = move || Rhythm::new(every_s, cron, zone, seconds_min, now);
        let rhythm = house.aside.run(rhythm).await?.map_err(BotError::from)?;
        let until = self.until.as_deref().map(|until| {
            let message = "`until` is no RFC 3339 instant such as 2026-05-01T10:00:00Z";
            instant(until).ok_or_else(|| Error::new(ErrorCode::BadArguments, message))
        });
        let draft = Draft {
            bot: bot.name,
            body: self.body,
            rhythm,
            until: until.transpose()?,
        };
        let bounds = Bounds {
            per_bot: config.schedules_per_bot,
            total: config.schedules_max,
        };
        let made = schedules::make(&house.store, draft, bounds, caller.change(now), kept_schedule).await?;
        Ok(ScheduleView::from(&made))
    }
}
