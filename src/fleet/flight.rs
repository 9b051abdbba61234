//! How many commands may be on their way, and which of those sent are not settled yet.
//!
//! Pure bookkeeping of the operator, bounded by number: a car that never answers costs its own places only.

use std::collections::{BTreeMap, HashMap};

use crate::booking::CarId;

/// Most commands to one car on their way at a time.
pub const PER_CAR_MAX: usize = 8;
/// Most commands on their way at a time.
pub const ALL_MAX: usize = 1_024;
/// Most commands whose late answer is still waited for; the oldest stay unknown beyond it.
pub const UNSETTLED_MAX: usize = 16_384;

/// Why no further command is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// The car has not answered the ones before.
    #[error("{PER_CAR_MAX} commands to this car are on their way, which is the most")]
    Car,
    /// Too many cars have not.
    #[error("{ALL_MAX} commands to cars are on their way, which is the most")]
    All,
}

/// The commands on their way.
#[derive(Debug, Default)]
pub struct Flight {
    by_car: HashMap<CarId, usize>,
    all: usize,
}

impl Flight {
    /// Takes a place for a command to a car.
    ///
    /// # Errors
    /// [`Full`] when there is none.
    pub fn enter(&mut self, car: CarId) -> Result<(), Full> {
        if self.all >= ALL_MAX {
            return Err(Full::All);
        }
        let of_car = self.by_car.entry(car).or_default();
        if *of_car >= PER_CAR_MAX {
            return Err(Full::Car);
        }
        *of_car += 1;
        self.all += 1;
        Ok(())
    }

    /// Gives a place back.
    pub fn leave(&mut self, car: CarId) {
        let Some(of_car) = self.by_car.get_mut(&car) else {
            return;
        };
        *of_car = of_car.saturating_sub(1);
        if *of_car == 0 {
            self.by_car.remove(&car);
        }
        self.all = self.all.saturating_sub(1);
    }

    /// How many are on their way.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all == 0
    }
}

/// Commands whose answer would still change something, each with the car that may give it.
#[derive(Debug, Default)]
pub struct Unsettled(BTreeMap<i64, CarId>);

impl Unsettled {
    /// Waits for the answer to a command; at the bound the oldest is given up. Gives that one's number.
    pub fn insert(&mut self, command: i64, car: CarId) -> Option<i64> {
        let given_up = if self.0.len() >= UNSETTLED_MAX {
            self.0.pop_first().map(|(oldest, _)| oldest)
        } else {
            None
        };
        self.0.insert(command, car);
        given_up
    }

    /// Whether this car may still settle this command.
    #[must_use]
    pub fn awaits(&self, command: i64, car: CarId) -> bool {
        self.0.get(&command) == Some(&car)
    }

    /// It is settled.
    pub fn remove(&mut self, command: i64) {
        self.0.remove(&command);
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_car_holds_eight_places_and_no_ninth() {
        let mut flight = Flight::default();
        for _ in 0..PER_CAR_MAX {
            flight.enter(CarId(1)).unwrap();
        }
        assert_eq!(flight.enter(CarId(1)), Err(Full::Car));
        flight.enter(CarId(2)).unwrap();
        flight.leave(CarId(1));
        flight.enter(CarId(1)).unwrap();
        assert_eq!(flight.len(), PER_CAR_MAX + 1);
    }

    #[test]
    fn all_cars_together_hold_their_bound_and_no_more() {
        let mut flight = Flight::default();
        for car in 0..i64::try_from(ALL_MAX).unwrap() {
            flight.enter(CarId(car)).unwrap();
        }
        assert_eq!(flight.enter(CarId(-1)), Err(Full::All));
        flight.leave(CarId(0));
        assert_eq!(flight.enter(CarId(-1)), Ok(()));
        flight.leave(CarId(-2));
        assert_eq!(flight.len(), ALL_MAX, "a car without a command gives nothing back");
    }

    #[test]
    fn only_the_car_itself_settles_and_the_oldest_are_given_up() {
        let mut unsettled = Unsettled::default();
        for command in 0..i64::try_from(UNSETTLED_MAX).unwrap() {
            assert_eq!(unsettled.insert(command, CarId(1)), None);
        }
        assert!(unsettled.awaits(0, CarId(1)));
        assert!(!unsettled.awaits(0, CarId(2)));
        assert_eq!(unsettled.insert(i64::MAX, CarId(1)), Some(0));
        assert!(!unsettled.awaits(0, CarId(1)));
        assert_eq!(unsettled.len(), UNSETTLED_MAX);
    }
}
