//! How the fleet was used: cars, people a day, weekdays, income; counted rental by rental.
//!
//! Pure. A rental counts where it was booked to begin: on that day, in the time zone of who asks. What it brought in is known
//! once the car is back; until then it counts with its time and without money.

use std::collections::{BTreeMap, HashSet};

use iso_currency::Currency;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{CarId, Interval, Money, MoneyError, UserId};

/// The longest time that is counted: 366 days, one of which may have 25 hours.
pub const LENGTH_MAX: SignedDuration = SignedDuration::from_hours(366 * 24 + 1);

/// The days of a week, in the order in which they are told.
pub const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// A booking whose car was taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rental {
    /// Which car.
    pub car: CarId,
    /// By whom.
    pub user: UserId,
    /// The booked start.
    pub start: Timestamp,
    /// For how long the car was away, or has been until now.
    pub away: SignedDuration,
    /// What it cost; nothing of its currency while the car is out.
    pub income: Money,
}

/// The use of one car, in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CarUse {
    /// Which.
    pub car: CarId,
    /// Rentals that began.
    pub bookings: u64,
    /// For how long it was away in them.
    pub away: SignedDuration,
    /// What they cost.
    pub income: Money,
}

/// One day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayUse {
    /// Which.
    pub day: Date,
    /// How many people began a rental.
    pub people: usize,
    /// How many rentals began.
    pub bookings: u64,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// Most used first; cars that nobody used are not there.
    pub cars: Vec<CarUse>,
    /// Every day, in order.
    pub days: Vec<DayUse>,
    /// Rentals that began on each, from Monday on.
    pub weekdays: [u64; 7],
    /// By currency.
    pub income: Vec<Money>,
}

impl Usage {
    /// The day of the week on which most rentals began, the first of several; none without rentals.
    #[must_use]
    pub fn busiest_weekday(&self) -> Option<&'static str> {
        let most = self.weekdays.iter().copied().max().filter(|most| *most > 0)?;
        let found = WEEKDAYS.iter().zip(self.weekdays).find(|(_, count)| *count == most);
        found.map(|(name, _)| *name)
    }
}

#[derive(Debug, Default)]
struct Day {
    bookings: u64,
    people: HashSet<UserId>,
}

/// Counts rentals.
#[derive(Debug)]
pub struct Tally {
    zone: TimeZone,
    cars: BTreeMap<(CarId, &'static str), CarUse>,
    days: BTreeMap<Date, Day>,
    weekdays: [u64; 7],
    income: BTreeMap<&'static str, Money>,
}

impl Tally {
    /// Of a time, by the days of a zone; each day that it touches is there.
    #[must_use]
    pub fn new(window: Interval, zone: TimeZone) -> Self {
        let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
        let last = window.end().checked_sub(SignedDuration::from_micros(1));
        let last = day(last.unwrap_or(window.start()));
        let days = day(window.start()).series(jiff::Span::new().days(1));
        let days = days.take_while(|day| *day <= last).map(|day| (day, Day::default()));
        Self {
            days: days.collect(),
            zone,
            cars: BTreeMap::new(),
            weekdays: [0; 7],
            income: BTreeMap::new(),
        }
    }

    /// One more.
    ///
    /// # Errors
    /// `TooLarge` when the income cannot be told any more.
    pub fn count(&mut self, rental: &Rental) -> Result<(), MoneyError> {
        let code = rental.income.currency.code();
        let none = Money::new(0, rental.income.currency);
        let all = self.income.entry(code).or_insert(none);
        *all = sum(*all, rental.income)?;
        let car = self.cars.entry((rental.car, code)).or_insert(CarUse {
            car: rental.car,
            bookings: 0,
            away: SignedDuration::ZERO,
            income: none,
        });
        car.bookings += 1;
        car.away = car.away.saturating_add(rental.away);
        car.income = sum(car.income, rental.income)?;
        let date = rental.start.to_zoned(self.zone.clone()).date();
        let day = self.days.entry(date).or_default();
        day.bookings += 1;
        day.people.insert(rental.user);
        if let Some(count) = self.weekdays.get_mut(place(date.weekday())) {
            *count += 1;
        }
        Ok(())
    }

    /// What was counted.
    #[must_use]
    pub fn usage(self) -> Usage {
        let mut cars: Vec<CarUse> = self.cars.into_values().collect();
        cars.sort_by_key(|one| (std::cmp::Reverse(one.bookings), one.car));
        let days = self.days.into_iter().map(|(day, counted)| DayUse {
            day,
            people: counted.people.len(),
            bookings: counted.bookings,
        });
        Usage {
            cars,
            days: days.collect(),
            weekdays: self.weekdays,
            income: self.income.into_values().collect(),
        }
    }
}

fn place(weekday: Weekday) -> usize {
    usize::try_from(weekday.to_monday_zero_offset()).unwrap_or_default()
}

fn sum(one: Money, other: Money) -> Result<Money, MoneyError> {
    let currency: Currency = one.currency;
    let minor = one.minor.checked_add(other.minor);
    let too_large = || MoneyError::TooLarge { code: currency.code() };
    Ok(Money::new(minor.ok_or_else(too_large)?, currency))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rental(car: i64, user: i64, start: &str, minutes: i64, minor: i64) -> Rental {
        Rental {
            car: CarId(car),
            user: UserId(user),
            start: start.parse().unwrap(),
            away: SignedDuration::from_mins(minutes),
            income: Money::new(minor, Currency::EUR),
        }
    }

    fn counted(zone: &str, since: &str, until: &str, rentals: &[Rental]) -> Usage {
        let window = Interval::new(since.parse().unwrap(), until.parse().unwrap()).unwrap();
        let mut tally = Tally::new(window, TimeZone::get(zone).unwrap());
        rentals.iter().for_each(|rental| tally.count(rental).unwrap());
        tally.usage()
    }

    #[test]
    fn a_rental_counts_on_the_day_on_which_it_begins_where_one_looks_from() {
        // The clocks of Lisbon go back in the night to Sunday the 25th.
        let rentals = [
            rental(1, 7, "2026-10-23T23:30:00Z", 60, 1_300),
            rental(1, 7, "2026-10-24T22:59:00Z", 30, 700),
            rental(2, 7, "2026-10-24T23:00:00Z", 90, 100),
            rental(2, 8, "2026-10-25T23:59:00Z", 90, 0),
        ];
        let lisbon = counted(
            "Europe/Lisbon",
            "2026-10-22T23:00:00Z",
            "2026-10-27T00:00:00Z",
            &rentals,
        );
        let days = |usage: &Usage| -> Vec<(String, usize, u64)> {
            let days = usage.days.iter();
            days.map(|one| (one.day.to_string(), one.people, one.bookings))
                .collect()
        };
        let day = |name: &str, people, bookings| (name.to_owned(), people, bookings);
        assert_eq!(
            days(&lisbon),
            [
                day("2026-10-23", 0, 0),
                day("2026-10-24", 1, 2),
                day("2026-10-25", 2, 2),
                day("2026-10-26", 0, 0)
            ]
        );
        assert_eq!(
            (lisbon.weekdays, lisbon.busiest_weekday()),
            ([0, 0, 0, 0, 0, 2, 2], Some("saturday"))
        );
        let utc = counted("UTC", "2026-10-23T00:00:00Z", "2026-10-26T00:00:00Z", &rentals);
        assert_eq!(
            days(&utc),
            [
                day("2026-10-23", 1, 1),
                day("2026-10-24", 1, 2),
                day("2026-10-25", 1, 1)
            ]
        );
        let most = (
            lisbon.cars[0].car,
            lisbon.cars[0].bookings,
            lisbon.cars[0].income.to_string(),
        );
        assert_eq!(most, (CarId(1), 2, "20.00".to_owned()));
        assert_eq!(lisbon.income, [Money::new(2_100, Currency::EUR)]);
    }

    #[test]
    fn a_time_without_rentals_has_its_days_and_nothing_else() {
        let usage = counted("UTC", "2026-01-01T12:00:00Z", "2026-01-03T00:00:00Z", &[]);
        assert_eq!((usage.days.len(), usage.cars.len(), usage.income.len()), (2, 0, 0));
        assert_eq!(usage.busiest_weekday(), None);
        let year = counted("Asia/Kathmandu", "2026-01-01T00:00:00Z", "2027-01-02T01:00:00Z", &[]);
        assert_eq!(year.days.len(), 367);
    }

    #[test]
    fn a_car_whose_currency_changed_is_told_by_currency() {
        let yen = Rental {
            income: Money::new(900, Currency::JPY),
            ..rental(1, 7, "2026-01-01T10:00:00Z", 60, 0)
        };
        let both = [rental(1, 7, "2026-01-01T09:00:00Z", 60, 100), yen];
        let usage = counted("UTC", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", &both);
        let told: Vec<(CarId, u64, String)> = usage
            .cars
            .iter()
            .map(|one| {
                (
                    one.car,
                    one.bookings,
                    format!("{} {}", one.income, one.income.currency.code()),
                )
            })
            .collect();
        assert_eq!(
            told,
            [(CarId(1), 1, "1.00 EUR".into()), (CarId(1), 1, "900 JPY".into())]
        );
        assert_eq!((usage.days[0].people, usage.days[0].bookings), (1, 2));
        let window = Interval::new(
            "2026-01-01T00:00:00Z".parse().unwrap(),
            "2026-01-02T00:00:00Z".parse().unwrap(),
        );
        let mut tally = Tally::new(window.unwrap(), TimeZone::UTC);
        let all = rental(1, 7, "2026-01-01T09:00:00Z", 60, i64::MAX);
        tally.count(&all).unwrap();
        assert_eq!(tally.count(&both[0]), Err(MoneyError::TooLarge { code: "EUR" }));
    }

    proptest! {
        #[test]
        fn every_rental_is_counted_once_in_each_list(
            rentals in prop::collection::vec((1..4_i64, 1..4_i64, 0..10 * 1_440_i64, 0..600_i64, 0..10_000_i64), 0..40),
        ) {
            let since: Timestamp = "2026-03-25T00:00:00Z".parse().unwrap();
            let all: Vec<Rental> = rentals
                .iter()
                .map(|(car, user, minute, away, minor)| Rental {
                    start: since + SignedDuration::from_mins(*minute),
                    ..rental(*car, *user, "2026-03-25T00:00:00Z", *away, *minor)
                })
                .collect();
            let usage = counted("Europe/Berlin", "2026-03-25T00:00:00Z", "2026-04-04T00:00:00Z", &all);
            let count = u64::try_from(all.len()).unwrap();
            prop_assert_eq!(usage.cars.iter().map(|one| one.bookings).sum::<u64>(), count);
            prop_assert_eq!(usage.days.iter().map(|one| one.bookings).sum::<u64>(), count);
            prop_assert_eq!(usage.weekdays.iter().sum::<u64>(), count);
            let income: i64 = usage.income.iter().map(|one| one.minor).sum();
            prop_assert_eq!(income, all.iter().map(|one| one.income.minor).sum::<i64>());
            for one in &usage.days {
                let there = all.iter().filter(|rental| {
                    let berlin = rental.start.to_zoned(TimeZone::get("Europe/Berlin").unwrap());
                    berlin.date() == one.day
                });
                let mut people: Vec<i64> = there.map(|rental| rental.user.0).collect();
                people.sort_unstable();
                people.dedup();
                prop_assert_eq!(people.len(), one.people);
            }
            for pair in usage.cars.windows(2) {
                prop_assert!(pair[0].bookings >= pair[1].bookings);
            }
        }
    }
}
