//! Misses: how often a face at a car may fail before faces are not looked at there for a while.
//!
//! Pure; time comes in as an argument. Counted for the car and for nobody in particular: whoever stands there can close
//! this way for everybody at that car, and no other way, no other car and no person is touched. One attempt of a car runs at a
//! time, so attempts made at once are counted too. Bounded.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::booking::CarId;

/// Cars that are remembered; beyond, the one whose last miss is oldest is forgotten.
pub const CARS_MAX: usize = 16_384;

/// How many misses within how long.
#[derive(Debug, Clone, Copy)]
pub struct MissLimits {
    /// After so many faces are not looked at.
    pub misses_max: usize,
    /// For how long a miss counts, and for how long faces are not looked at.
    pub lasts: SignedDuration,
}

/// Why a face is not looked at now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotLooked {
    /// Too many misses at this car.
    #[error("too many faces failed at this car; until {retry_at} it opens by password or PIN")]
    LockedOut {
        /// From when faces are looked at again.
        retry_at: Timestamp,
    },
    /// Another attempt of this car has not ended.
    #[error("another face is being looked at for this car, wait for its answer")]
    Busy,
}

#[derive(Debug, Default)]
struct Car {
    /// Oldest first; never more than `misses_max`.
    missed: VecDeque<Timestamp>,
    locked_until: Option<Timestamp>,
    is_inside: bool,
}

/// The misses of all cars.
#[derive(Debug)]
pub struct Misses {
    limits: MissLimits,
    cars: HashMap<CarId, Car>,
    cars_max: usize,
    forgotten: u64,
}

impl Misses {
    /// None yet.
    #[must_use]
    pub fn new(limits: MissLimits) -> Self {
        Self::bounded(limits, CARS_MAX)
    }

    /// With room for so many cars.
    #[must_use]
    pub fn bounded(limits: MissLimits, cars_max: usize) -> Self {
        Self {
            limits,
            cars: HashMap::new(),
            cars_max,
            forgotten: 0,
        }
    }

    /// Whether a face would be looked at now.
    ///
    /// # Errors
    /// `LockedOut` and `Busy`.
    pub fn look(&self, car: CarId, now: Timestamp) -> Result<(), NotLooked> {
        let Some(known) = self.cars.get(&car) else {
            return Ok(());
        };
        match known.locked_until {
            Some(retry_at) if now < retry_at => Err(NotLooked::LockedOut { retry_at }),
            _ if known.is_inside => Err(NotLooked::Busy),
            _ => Ok(()),
        }
    }

    /// Begins an attempt; one of the three ends must follow.
    ///
    /// # Errors
    /// `LockedOut` and `Busy`.
    pub fn enter(&mut self, car: CarId, now: Timestamp) -> Result<(), NotLooked> {
        self.look(car, now)?;
        if !self.cars.contains_key(&car) {
            self.make_room(now);
        }
        self.cars.entry(car).or_default().is_inside = true;
        Ok(())
    }

    /// The attempt failed; says whether that was one too many.
    pub fn missed(&mut self, car: CarId, now: Timestamp) -> bool {
        let MissLimits { misses_max, lasts } = self.limits;
        let known = self.cars.entry(car).or_default();
        known.is_inside = false;
        known.missed.retain(|at| until(*at, lasts) > now);
        known.missed.push_back(now);
        let locks = known.missed.len() >= misses_max;
        if locks {
            known.locked_until = Some(until(now, lasts));
            known.missed.clear();
        }
        locks
    }

    /// The attempt opened the car: what was missed before was its rider's.
    pub fn matched(&mut self, car: CarId) {
        self.cars.remove(&car);
    }

    /// The attempt decided nothing: the picture could not be read, the worker was busy.
    pub fn undecided(&mut self, car: CarId) {
        let Some(known) = self.cars.get_mut(&car) else { return };
        known.is_inside = false;
        if known.missed.is_empty() && known.locked_until.is_none() {
            self.cars.remove(&car);
        }
    }

    /// Cars forgotten because there were too many.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    fn make_room(&mut self, now: Timestamp) {
        if self.cars.len() < self.cars_max {
            return;
        }
        let lasts = self.limits.lasts;
        self.cars.retain(|_, car| {
            let counts = car.missed.back().is_some_and(|at| until(*at, lasts) > now);
            car.is_inside || counts || car.locked_until.is_some_and(|retry_at| now < retry_at)
        });
        if self.cars.len() < self.cars_max {
            return;
        }
        let age = |car: &Car| car.locked_until.or(car.missed.back().map(|at| until(*at, lasts)));
        let oldest = self.cars.iter().filter(|(_, car)| !car.is_inside);
        if let Some(id) = oldest.min_by_key(|(id, car)| (age(car), id.0)).map(|(id, _)| *id) {
            self.cars.remove(&id);
            self.forgotten += 1;
        }
    }
}

fn until(at: Timestamp, lasts: SignedDuration) -> Timestamp {
    at.saturating_add(lasts).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMITS: MissLimits = MissLimits {
        misses_max: 5,
        lasts: SignedDuration::from_mins(15),
    };
    const CAR: CarId = CarId(1);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn miss(misses: &mut Misses, car: CarId, now: i64) -> bool {
        misses.enter(car, at(now)).unwrap();
        misses.missed(car, at(now))
    }

    #[test]
    fn the_fifth_miss_within_fifteen_minutes_closes_this_way_at_this_car_for_fifteen_minutes() {
        let mut misses = Misses::new(LIMITS);
        for now in 0..4 {
            assert!(!miss(&mut misses, CAR, now));
        }
        assert!(misses.look(CAR, at(4)).is_ok());
        assert!(miss(&mut misses, CAR, 4));
        let retry_at = at(4 + 900);
        assert_eq!(misses.enter(CAR, at(903)), Err(NotLooked::LockedOut { retry_at }));
        assert!(misses.enter(CarId(2), at(5)).is_ok(), "another car");
        assert!(misses.enter(CAR, retry_at).is_ok(), "a fresh start");
        assert!(!misses.missed(CAR, retry_at));
    }

    #[test]
    fn misses_that_are_old_or_before_a_match_do_not_count() {
        let mut misses = Misses::new(LIMITS);
        for now in [0, 1, 2, 3] {
            miss(&mut misses, CAR, now);
        }
        assert!(!miss(&mut misses, CAR, 900), "the first is fifteen minutes old");
        misses.enter(CAR, at(901)).unwrap();
        misses.matched(CAR);
        for now in 902..906 {
            assert!(!miss(&mut misses, CAR, now));
        }
    }

    #[test]
    fn one_attempt_of_a_car_runs_at_a_time_and_an_undecided_one_costs_nothing() {
        let mut misses = Misses::new(LIMITS);
        misses.enter(CAR, at(0)).unwrap();
        assert_eq!(misses.enter(CAR, at(0)), Err(NotLooked::Busy));
        misses.undecided(CAR);
        for now in 0..20 {
            misses.enter(CAR, at(now)).unwrap();
            misses.undecided(CAR);
        }
        assert!(misses.cars.is_empty());
    }

    #[test]
    fn the_car_whose_misses_end_first_is_forgotten_when_there_is_one_too_many() {
        let mut misses = Misses::bounded(LIMITS, 2);
        for now in 0..5 {
            miss(&mut misses, CarId(1), now);
        }
        miss(&mut misses, CarId(2), 10);
        assert_eq!(misses.forgotten(), 0);
        miss(&mut misses, CarId(3), 20);
        assert_eq!((misses.forgotten(), misses.cars.len()), (1, 2));
        assert!(misses.look(CarId(1), at(20)).is_ok());
        assert!(misses.cars.contains_key(&CarId(2)));
        miss(&mut misses, CarId(4), 5_000);
        assert_eq!(
            (misses.forgotten(), misses.cars.len()),
            (1, 1),
            "what has ended makes room"
        );
    }

    proptest! {
        #[test]
        fn no_more_than_the_most_misses_ever_lie_within_one_window(gaps in prop::collection::vec(1_i64..400, 1..80)) {
            let mut misses = Misses::new(LIMITS);
            let (mut now, mut heard) = (0, Vec::new());
            for gap in gaps {
                now += gap;
                if misses.enter(CAR, at(now)).is_ok() {
                    misses.missed(CAR, at(now));
                    heard.push(now);
                }
            }
            for (place, first) in heard.iter().enumerate() {
                let within = heard[place..].iter().filter(|later| **later < first + 900).count();
                prop_assert!(within <= LIMITS.misses_max, "{} from {}", within, first);
            }
        }
    }
}
