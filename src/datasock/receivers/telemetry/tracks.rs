//! Rules of what is kept of telemetry: for each car the latest, and so many before it.
//!
//! Pure. Bounded in cars and in rows a car; the oldest row goes for the newest.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

use super::rules::{Fix, Reading, RowError};
use crate::booking::CarId;

/// What has an instant.
pub(crate) trait Dated: Copy {
    /// When it was.
    fn at(&self) -> Timestamp;
}

impl Dated for Fix {
    fn at(&self) -> Timestamp {
        self.at
    }
}

impl Dated for Reading {
    fn at(&self) -> Timestamp {
        self.at
    }
}

/// Rows of one kind of one car, as they came.
#[derive(Debug, Clone)]
pub(crate) struct Kept<T> {
    latest: Option<T>,
    rows: VecDeque<T>,
    taken: u64,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self {
            latest: None,
            rows: VecDeque::new(),
            taken: 0,
        }
    }
}

impl<T: Dated> Kept<T> {
    /// A row that comes late is kept, and does not become the latest.
    fn put(&mut self, row: T, kept_max: usize) {
        if self.latest.is_none_or(|latest| latest.at() <= row.at()) {
            self.latest = Some(row);
        }
        while self.rows.len() >= kept_max {
            self.rows.pop_front();
        }
        self.rows.push_back(row);
        self.taken = self.taken.saturating_add(1);
    }

    /// That of the latest instant.
    pub(crate) fn latest(&self) -> Option<T> {
        self.latest
    }

    /// How many were taken since the start.
    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }

    /// The last that came, oldest first.
    pub(crate) fn last(&self, count: usize) -> Vec<T> {
        let skipped = self.rows.len().saturating_sub(count);
        self.rows.iter().skip(skipped).copied().collect()
    }
}

/// What is kept of one car.
#[derive(Debug, Clone, Default)]
pub(crate) struct Track {
    pub(crate) fixes: Kept<Fix>,
    pub(crate) readings: Kept<Reading>,
}

/// What is kept of all cars.
#[derive(Debug)]
pub(crate) struct Tracks {
    cars: BTreeMap<CarId, Track>,
    cars_max: usize,
    kept_max: usize,
}

impl Tracks {
    /// Room for so many cars, with so many rows of each kind.
    pub(crate) fn new(cars_max: usize, kept_max: usize) -> Self {
        Self {
            cars: BTreeMap::new(),
            cars_max,
            kept_max,
        }
    }

    /// Takes a fix.
    pub(crate) fn fix(&mut self, car: CarId, fix: Fix) -> Result<(), RowError> {
        let kept_max = self.kept_max;
        self.track(car)?.fixes.put(fix, kept_max);
        Ok(())
    }

    /// Takes a reading.
    pub(crate) fn reading(&mut self, car: CarId, reading: Reading) -> Result<(), RowError> {
        let kept_max = self.kept_max;
        self.track(car)?.readings.put(reading, kept_max);
        Ok(())
    }

    fn track(&mut self, car: CarId) -> Result<&mut Track, RowError> {
        if self.cars.len() >= self.cars_max && !self.cars.contains_key(&car) {
            return Err(RowError::Full(self.cars_max));
        }
        Ok(self.cars.entry(car).or_default())
    }

    /// What is kept of a car.
    pub(crate) fn of(&self, car: CarId) -> Option<&Track> {
        self.cars.get(&car)
    }

    /// Cars with higher ids than this, in their order.
    pub(crate) fn after(&self, after: CarId) -> impl Iterator<Item = (CarId, &Track)> {
        let from = (std::ops::Bound::Excluded(after), std::ops::Bound::Unbounded);
        self.cars.range(from).map(|(car, track)| (*car, track))
    }

    /// Of how many cars something is kept.
    pub(crate) fn cars(&self) -> usize {
        self.cars.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reading(second: i64) -> Reading {
        Reading {
            at: Timestamp::from_second(second).unwrap(),
            odometer_km: Some(1.0),
            fuel_percent: None,
        }
    }

    #[test]
    fn cars_are_bounded_and_known_ones_go_on() {
        let mut tracks = Tracks::new(2, 4);
        assert_eq!(tracks.reading(CarId(1), reading(1)), Ok(()));
        assert_eq!(tracks.reading(CarId(2), reading(1)), Ok(()));
        assert_eq!(tracks.reading(CarId(3), reading(1)), Err(RowError::Full(2)));
        assert_eq!(tracks.reading(CarId(2), reading(2)), Ok(()));
        let after: Vec<CarId> = tracks.after(CarId(1)).map(|(car, _)| car).collect();
        assert_eq!((after, tracks.cars()), (vec![CarId(2)], 2));
        assert!(tracks.of(CarId(3)).is_none());
    }

    proptest! {
        #[test]
        fn the_latest_and_the_last_are_those_of_a_list_of_everything(
            rows in proptest::collection::vec((1..4_i64, 0..20_i64), 1..100),
            kept_max in 1..6_usize,
        ) {
            let mut tracks = Tracks::new(3, kept_max);
            let mut all: Vec<(i64, Reading)> = Vec::new();
            for (car, second) in rows {
                tracks.reading(CarId(car), reading(second)).unwrap();
                all.push((car, reading(second)));
                let of: Vec<Reading> = all.iter().filter(|(id, _)| *id == car).map(|(_, row)| *row).collect();
                let kept = &tracks.of(CarId(car)).unwrap().readings;
                prop_assert_eq!(kept.latest().unwrap().at, of.iter().map(|row| row.at).max().unwrap());
                prop_assert_eq!(kept.taken(), u64::try_from(of.len()).unwrap());
                prop_assert_eq!(kept.last(kept_max), of[of.len().saturating_sub(kept_max)..].to_vec());
            }
        }
    }
}
