//! `s.usage(since, until, zone?)`: how much cars were used, by how many people, when, and what it brought in.

mod counting;
pub(super) mod sheet;
mod view;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::counting::Counting;
use self::view::{Amount, CarRow, DayRow};
use crate::booking::usage::WEEKDAYS;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Cars of one answer, as many as fit into a frame.
const CARS_MAX: usize = 250;

/// Counts the rentals that began in a time: bookings whose car was taken out, by the booked start. Those that were cancelled
/// or not come for do not count. The cars that were used most come first, at most 250; `s.exportusage` has them all.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UsageOf {
    /// From this instant on, RFC 3339.
    since: String,
    /// Before this instant, RFC 3339; at most 366 days later.
    until: String,
    /// IANA name of the time zone of the days; UTC unless said.
    zone: Option<String>,
}

/// A day of the week.
#[derive(Debug, Serialize, JsonSchema)]
struct WeekdayRow {
    /// `monday` to `sunday`.
    weekday: &'static str,
    bookings: u64,
}

/// All that was counted.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct UsageTold {
    cars: Vec<CarRow>,
    /// How many rows more there are; absent when these are all.
    #[serde(skip_serializing_if = "Option::is_none")]
    cars_left_out: Option<usize>,
    /// Every day, in order.
    days: Vec<DayRow>,
    /// Monday first.
    weekdays: Vec<WeekdayRow>,
    /// Absent without rentals.
    #[serde(skip_serializing_if = "Option::is_none")]
    busiest_weekday: Option<&'static str>,
    income: Vec<Amount>,
}

impl Command for UsageOf {
    const NAME: &'static str = "s.usage";
    const CATEGORY: Category = Category::Booking;
    const NEEDS: Permission = Permission::Manager;
    type Reply = UsageTold;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let counting = Counting::of(&self.since, &self.until, self.zone.as_deref())?;
        let counted = counting.run(house).await?;
        let usage = &counted.usage;
        let weekdays = WEEKDAYS.into_iter().zip(usage.weekdays);
        let left_out = usage.cars.len().saturating_sub(CARS_MAX);
        let cars = usage.cars.iter().take(CARS_MAX);
        Ok(UsageTold {
            cars: cars.map(|one| CarRow::of(&counted, one)).collect(),
            cars_left_out: (left_out > 0).then_some(left_out),
            days: usage.days.iter().map(DayRow::from).collect(),
            weekdays: weekdays
                .map(|(weekday, bookings)| WeekdayRow { weekday, bookings })
                .collect(),
            busiest_weekday: usage.busiest_weekday(),
            income: usage.income.iter().map(Amount::from).collect(),
        })
    }
}
