//! `s.pauseschedule(schedule, paused?)`: stops a schedule, or lets it go on.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{ScheduleView, kept_schedule};
use crate::bot::schedules;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Stops a schedule; with `paused` false it goes on with its next time from now.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PauseSchedule {
    /// Its number.
    schedule: i64,
    /// False lets it go on.
    paused: Option<bool>,
}

impl Command for PauseSchedule {
    const NAME: &'static str = "s.pauseschedule";
    const CATEGORY: Category = Category::Bot;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = ScheduleView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let schedule = super::schedule(caller, house, self.schedule).await?;
        let paused = self.paused.unwrap_or(true);
        let change = caller.change(house.clock.now());
        let now = schedules::pause(&house.store, schedule.id, paused, change, kept_schedule).await?;
        Ok(ScheduleView::from(&now))
    }
}
