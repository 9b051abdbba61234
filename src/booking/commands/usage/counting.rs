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

/// Most rentals that are counted for one answer.
const RENTALS_MAX: usize = 500_000;
/// What one count is held to.
const BOUNDS: Bounds = Bounds {
    page_rows: 5_000,
    rentals_max: RENTALS_MAX,
};
/// Longest name of a time zone, in characters.
const ZONE_LETTERS_MAX: usize = 64;

/// How much is read.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// Rentals at a time.
    page_rows: i64,
    /// Rentals in all.
    rentals_max: usize,
}

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
        let counted = house.store.read(move |conn| count(conn, self, now, BOUNDS)).await?;
        counted.ok_or_else(|| {
            let message = format!(
                "more than {RENTALS_MAX} rentals began then, or cost more than can be told; ask for a shorter time"
            );
            Error::new(ErrorCode::TooLarge, message)
        })
    }
}

/// `None`: it is too much.
fn count(
    conn: &mut AnyConn,
    counting: Counting,
    now: Timestamp,
    bounds: Bounds,
) -> Result<Option<Counted>, StoreError> {
    let mut tally = Tally::new(counting.window, counting.zone);
    let (mut behind, mut rentals) = (None, 0_usize);
    loop {
        let page = booking_list_rentals(conn, counting.window, behind.as_ref(), bounds.page_rows)?;
        rentals = rentals.saturating_add(page.len());
        if rentals > bounds.rentals_max {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::store::{NewUser, user_insert};
    use crate::booking::fixture::{at, booking, new_car, report, span};
    use crate::booking::store::{booking_insert, booking_update};
    use crate::booking::{Booking, Policy};
    use crate::fleet::store::car_insert;
    use crate::store::{DatabaseUrl, Store, StoreOptions};

    /// Five rentals of an hour, the last still out, three of which begin at one instant; and one that nobody used.
    fn seed(conn: &mut AnyConn) -> Result<(), StoreError> {
        let new = NewUser {
            username: "anna".to_owned(),
            first_name: String::new(),
            last_name: String::new(),
            email: String::new(),
            role: "customer".to_owned(),
            password_hash: None,
        };
        let user = user_insert(conn, &new, 0)?;
        for (id, start) in (1..).zip([0, 60, 60, 60, 120, 60]) {
            let car = car_insert(conn, &new_car(&format!("car-{id}")), 0)?;
            let booked = Booking {
                car,
                user,
                ..booking(id, span(start, start + 60))
            };
            booking_insert(conn, &booked)?;
            if id == 6 {
                continue;
            }
            let out = booked.begin(at(start)).map_err(StoreError::refused)?;
            let is_back = id < 5;
            let back = out.finish(at(start + 60), report(), &Policy::default());
            booking_update(
                conn,
                &if is_back {
                    back.map_err(StoreError::refused)?
                } else {
                    out
                },
            )?;
        }
        Ok(())
    }

    fn counted(store: &Store, page_rows: i64, rentals_max: usize) -> Option<Counted> {
        let counting = Counting {
            window: span(0, 180),
            zone: TimeZone::UTC,
        };
        let bounds = Bounds { page_rows, rentals_max };
        let read = store.write_blocking(move |conn| count(conn, counting, at(150), bounds));
        read.unwrap()
    }

    #[test]
    fn rentals_are_counted_once_however_they_are_read_and_up_to_the_bound() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(folder.path().join("usage.db"));
        let store = Store::open(&url, StoreOptions::default()).unwrap();
        store.write_blocking(seed).unwrap();
        for page_rows in [1, 2, 3, 5, 100] {
            let counted = counted(&store, page_rows, 5).unwrap();
            assert_eq!(
                counted.usage.days.iter().map(|day| day.bookings).sum::<u64>(),
                5,
                "{page_rows}"
            );
            let cars: Vec<(String, i64, String)> = counted
                .usage
                .cars
                .iter()
                .map(|one| (counted.name_of(one.car), one.away.as_mins(), one.income.to_string()))
                .collect();
            let car = |id: i64, minutes, income: &str| (format!("car-{id}"), minutes, income.to_owned());
            assert_eq!(
                cars,
                [
                    car(1, 60, "13.00"),
                    car(2, 60, "13.00"),
                    car(3, 60, "13.00"),
                    car(4, 60, "13.00"),
                    car(5, 30, "0.00")
                ]
            );
        }
        assert!(counted(&store, 2, 4).is_none());
    }
}
