//! How use is told: rows of cars and of days, the same as JSON and as cells of a sheet.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Serialize;

use super::counting::Counted;
use crate::booking::usage::{CarUse, DayUse};
use crate::booking::{CarId, Money};
use crate::journal::lines::Line;

/// The use of one car; a car whose currency changed has a row for each.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CarRow {
    car: String,
    car_id: CarId,
    /// Rentals that began.
    bookings: u64,
    /// Hours for which it was away in them, to a hundredth.
    hours: f64,
    /// What they cost; of those that have not ended, nothing yet.
    income: String,
    currency: &'static str,
}

impl CarRow {
    pub(super) fn of(counted: &Counted, one: &CarUse) -> Self {
        Self {
            car: counted.name_of(one.car),
            car_id: one.car,
            bookings: one.bookings,
            hours: hours(one.away),
            income: one.income.to_string(),
            currency: one.income.currency.code(),
        }
    }
}

/// One day.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct DayRow {
    /// The date, in the zone that was asked for.
    day: String,
    /// How many people began a rental.
    people: usize,
    /// How many rentals began.
    bookings: u64,
}

impl From<&DayUse> for DayRow {
    fn from(one: &DayUse) -> Self {
        Self {
            day: one.day.to_string(),
            people: one.people,
            bookings: one.bookings,
        }
    }
}

/// An amount.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Amount {
    currency: &'static str,
    amount: String,
}

impl From<&Money> for Amount {
    fn from(money: &Money) -> Self {
        Self {
            currency: money.currency.code(),
            amount: money.to_string(),
        }
    }
}

impl Line for CarRow {
    const COLUMNS: &'static [&'static str] = &["car", "car_id", "bookings", "hours", "income", "currency"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.car.clone(),
            self.car_id.to_string(),
            self.bookings.to_string(),
            format!("{:.2}", self.hours),
            self.income.clone(),
            self.currency.to_owned(),
        ]
    }
}

impl Line for DayRow {
    const COLUMNS: &'static [&'static str] = &["day", "people", "bookings"];

    fn cells(&self) -> Vec<String> {
        vec![self.day.clone(), self.people.to_string(), self.bookings.to_string()]
    }
}

fn hours(away: SignedDuration) -> f64 {
    (away.as_secs_f64() / 36.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::sheet::{Format, Piece, piece};

    #[test]
    fn a_name_that_a_spreadsheet_would_compute_is_text_in_a_sheet() {
        let row = CarRow {
            car: "-1.1".to_owned(),
            car_id: CarId(7),
            bookings: 2,
            hours: hours(SignedDuration::from_mins(100)),
            income: "13.00".to_owned(),
            currency: "EUR",
        };
        let whole = Piece {
            is_first: true,
            is_last: true,
        };
        let sheet = piece(&[row], Format::Csv, whole).unwrap();
        assert_eq!(
            sheet,
            "car,car_id,bookings,hours,income,currency\r\n'-1.1,7,2,1.67,13.00,EUR\r\n"
        );
    }
}
