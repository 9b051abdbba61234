//! Counting the use of the fleet: what is asked for, checked, and rentals read page by page, off the event loops.
//!
//! No command of its own. Bounded in time, in days and in rentals.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::booking::store::{RentalRow, booking_list_rentals};
use crate::booking::usage::{LENGTH_MAX, Rental, Tally, Usage};
use crate::booking::{CarId, Interval, Money, UserId, money};
use crate::error::Error;
use crate::fleet::store::car_names;
use crate::house::House;
use crate::store::{AnyConn, StoreError};
use crate::wire::ErrorCode;

/// Rentals that are read at a time.
const PAGE_ROWS: i64 = 5_000;
/// Most rentals that are counted for one answer.
const RENTALS_MAX: usize = 500_000;
/// Longest name of a time zone, in characters.
const ZONE_LETTERS_MAX: usize = 64;

/// What is to be counted.
pub(super) struct Counting {
    window: Interval,
    zone: TimeZone,
}

/// What was counted, with the names of cars.
pub(super) struct Counted {
    pub(super) usage: Usage,
    names: HashMap<CarId, String>,
}

impl Counted {
    pub(super) fn name_of(&self, car: CarId) -> String {
        self.names.get(&car).cloned().unwrap_or_default()
    }
}

fn bad(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::BadArguments, message)
}

impl Counting {
    /// Checks what is asked for.
    pub(super) fn of(since: &str, until: &str, zone: Option<&str>) -> Result<Self, Error> {
        let (since, until) = (
            super::super::instant("since", since)?,
            super::super::instant("until", until)?,
        );
        let window = Interval::new(since, until).map_err(|err| bad(err.to_string()))?;
        if window.length() > LENGTH_MAX {
            return Err(bad("from `since` to `until` are more than 366 days, which is the most"));
        }
        let zone = zone.unwrap_or("UTC");
        let known = (zone.chars().count() <= ZONE_LETTERS_MAX).then(|| TimeZone::get(zone).ok());
        let zone = known.flatten().ok_or_else(|| {
            let got: String = zone.chars().take(40).flat_map(char::escape_debug).collect();
            bad(format!("`zone` is `{got}`, wanted a time zone such as Europe/Lisbon"))
        })?;
        Ok(Self { window, zone })
    }

    /// Counts what the store holds.
    pub(super) async fn run(self, house: &House) -> Result<Counted, Error> {
        let now = house.clock.now();
        let counted = house.store.read(move |conn| count(conn, self, now)).await?;
        counted.ok_or_else(|| {
            let message = format!(
                "more than {RENTALS_MAX} rentals began then, or cost more than can be told; ask for a shorter time"
            );
            Error::new(ErrorCode::TooLarge, message)
        })
    }
}

/// `None`: it is too much.
fn count(conn: &mut AnyConn, counting: Counting, now: Timestamp) -> Result<Option<Counted>, StoreError> {
    let mut tally = Tally::new(counting.window, counting.zone);
    let (mut behind, mut rentals) = (None, 0_usize);
    loop {
        let page = booking_list_rentals(conn, counting.window, behind.as_ref(), PAGE_ROWS)?;
        rentals = rentals.saturating_add(page.len());
        if rentals > RENTALS_MAX {
            return Ok(None);
        }
        for row in &page {
            if tally.count(&rental(row, now)?).is_err() {
                return Ok(None);
            }
        }
        match page.into_iter().next_back() {
            Some(last) => behind = Some(last),
            None => break,
        }
    }
    let usage = tally.usage();
    let cars: Vec<i64> = usage.cars.iter().map(|one| one.car.0).collect();
    let names = car_names(conn, &cars)?;
    Ok(Some(Counted { usage, names }))
}

fn rental(row: &RentalRow, now: Timestamp) -> Result<Rental, StoreError> {
    let instant = |micros| Timestamp::from_microsecond(micros).map_err(StoreError::refused);
    let start = instant(row.start_at)?;
    let opened = row.started_at.map_or(Ok(start), instant)?;
    let back = row.ended_at.map_or(Ok(now), instant)?;
    let currency = money::currency(&row.currency).map_err(StoreError::refused)?;
    // What is not settled may still become another price.
    let minor = row.ended_at.map_or(0, |_| row.price);
    Ok(Rental {
        car: CarId(row.car),
        user: UserId(row.user),
        start,
        away: opened.duration_until(back).max(SignedDuration::ZERO),
        income: Money::new(minor, currency),
    })
}
