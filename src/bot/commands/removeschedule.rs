//! `s.removeschedule(schedule)`: takes a schedule away.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{ScheduleView, kept_schedule};
use crate::bot::schedules;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Takes a schedule away; answers what it was.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveSchedule {
    /// Its number.
    schedule: i64,
}

impl Command for RemoveSchedule {
    const NAME: &'static str = "s.removeschedule";
    const CATEGORY: Category = Category::Bot;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = ScheduleView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let schedule = super::schedule(caller, house, self.schedule).await?;
        let change = caller.change(house.clock.now());
        let was = schedules::remove(&house.store, schedule.id, change, kept_schedule).await?;
        Ok(ScheduleView::from(&was))
    }
}
