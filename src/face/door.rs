//! What is known of faces at the doors of cars: open challenges, misses, frames shown lately. In memory only.
//!
//! Pure; time comes in as an argument. After a restart units ask for new challenges, misses begin anew, and frames from
//! before it are told by their challenge alone.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::challenge::{Before, Challenge, ChallengeError, Challenges};
use super::liveness::{Frame, Remembered};
use super::misses::{MissLimits, Misses, NotLooked};
use crate::booking::CarId;
use crate::config::FaceConfig;

/// Cars whose frames are remembered, of at most 5 KiB each; beyond, the one that showed none for longest is forgotten.
pub const REMEMBERED_CARS_MAX: usize = 2_048;

/// Why no face is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DoorError {
    /// Too many misses, or another attempt of this car.
    #[error(transparent)]
    NotLooked(#[from] NotLooked),
    /// The challenge is none.
    #[error(transparent)]
    Challenge(#[from] ChallengeError),
}

/// All cars.
#[derive(Debug)]
pub struct Door {
    challenges: Challenges,
    challenge_lasts: SignedDuration,
    misses: Misses,
    shown: HashMap<CarId, (Remembered, Timestamp)>,
    shown_max: usize,
}

impl Door {
    /// As configured; nothing happened yet.
    #[must_use]
    pub fn new(config: &FaceConfig) -> Self {
        let seconds = |seconds: u64| SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
        let misses = MissLimits {
            misses_max: config.misses_max,
            lasts: seconds(config.misses_minutes.saturating_mul(60)),
        };
        Self {
            challenges: Challenges::default(),
            challenge_lasts: seconds(config.challenge_seconds),
            misses: Misses::new(misses),
            shown: HashMap::new(),
            shown_max: REMEMBERED_CARS_MAX,
        }
    }

    /// For how long a challenge can be met.
    #[must_use]
    pub fn challenge_lasts(&self) -> SignedDuration {
        self.challenge_lasts
    }

    /// Opens a challenge for a car, unless faces are not looked at there.
    ///
    /// # Errors
    /// `LockedOut`, and `Full` when too many cars have a challenge.
    pub fn give(&mut self, car: CarId, challenge: Challenge) -> Result<Before, DoorError> {
        match self.misses.look(car, challenge.given_at) {
            Err(NotLooked::LockedOut { retry_at }) => return Err(NotLooked::LockedOut { retry_at }.into()),
            // A new challenge may be asked for while an attempt is looked at.
            Ok(()) | Err(NotLooked::Busy) => {}
        }
        Ok(self.challenges.give(car, challenge)?)
    }

    /// Whether an attempt could begin now; nothing is used by it.
    ///
    /// # Errors
    /// As [`Door::enter`].
    pub fn look(&self, car: CarId, challenge: &str, now: Timestamp) -> Result<(), DoorError> {
        self.misses.look(car, now)?;
        self.challenges.look(car, challenge, now)?;
        Ok(())
    }

    /// Begins an attempt, which uses the challenge; `missed`, `matched` or `undecided` must follow.
    ///
    /// # Errors
    /// `LockedOut` and `Busy`, which use nothing; `Unknown` and `Late` of the challenge.
    pub fn enter(&mut self, car: CarId, challenge: &str, now: Timestamp) -> Result<Challenge, DoorError> {
        self.misses.look(car, now)?;
        let challenge = self.challenges.take(car, challenge, now)?;
        self.misses.enter(car, now)?;
        Ok(challenge)
    }

    /// What the car showed before, to judge by; what it shows now is remembered at once, whatever comes of it.
    pub fn shows(&mut self, car: CarId, frames: &[Frame<'_>], now: Timestamp) -> Remembered {
        if self.shown.len() >= self.shown_max && !self.shown.contains_key(&car) {
            let oldest = self.shown.iter().min_by_key(|(id, (_, at))| (*at, id.0));
            if let Some(oldest) = oldest.map(|(id, _)| *id) {
                self.shown.remove(&oldest);
            }
        }
        let (remembered, at) = self.shown.entry(car).or_insert_with(|| (Remembered::default(), now));
        *at = now;
        let before = remembered.clone();
        remembered.keep(frames);
        before
    }

    /// The attempt failed; says whether faces are now not looked at.
    pub fn missed(&mut self, car: CarId, now: Timestamp) -> bool {
        self.misses.missed(car, now)
    }

    /// The attempt found its rider.
    pub fn matched(&mut self, car: CarId) {
        self.misses.matched(car);
    }

    /// The attempt decided nothing.
    pub fn undecided(&mut self, car: CarId) {
        self.misses.undecided(car);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::challenge::CHALLENGE_RANDOM_BYTES;
    use crate::face::{EMBEDDING_FLOATS, Embedding, Landmarks};

    const CAR: CarId = CarId(1);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn give(door: &mut Door, car: CarId, now: i64) -> Result<Challenge, DoorError> {
        let seed = u8::try_from(now % 250).unwrap();
        let challenge = Challenge::new(&[seed; CHALLENGE_RANDOM_BYTES], at(now), door.challenge_lasts());
        door.give(car, challenge.clone()).map(|_| challenge)
    }

    #[test]
    fn a_car_that_missed_too_often_gets_no_challenge_and_a_match_forgives() {
        let mut door = Door::new(&FaceConfig::default());
        for now in 0..5 {
            let challenge = give(&mut door, CAR, now).unwrap();
            door.enter(CAR, &challenge.id, at(now)).unwrap();
            assert_eq!(door.missed(CAR, at(now)), now == 4);
        }
        let locked = Err(DoorError::NotLooked(NotLooked::LockedOut { retry_at: at(904) }));
        assert_eq!(give(&mut door, CAR, 10), locked);
        let other = give(&mut door, CarId(2), 10).unwrap();
        door.enter(CarId(2), &other.id, at(10)).unwrap();
        door.matched(CarId(2));
        assert!(give(&mut door, CAR, 904).is_ok());
    }

    #[test]
    fn an_attempt_uses_its_challenge_and_another_of_the_same_car_waits() {
        let mut door = Door::new(&FaceConfig::default());
        let first = give(&mut door, CAR, 0).unwrap();
        assert_eq!(door.look(CAR, &first.id, at(1)), Ok(()));
        assert!(door.enter(CAR, &first.id, at(1)).is_ok());
        let second = give(&mut door, CAR, 2).unwrap();
        let busy = DoorError::NotLooked(NotLooked::Busy);
        assert_eq!(door.enter(CAR, &second.id, at(3)), Err(busy));
        door.undecided(CAR);
        assert!(
            door.enter(CAR, &second.id, at(4)).is_ok(),
            "it was not used by the refusal"
        );
        door.undecided(CAR);
        let unknown = DoorError::Challenge(ChallengeError::Unknown);
        assert_eq!(door.enter(CAR, &first.id, at(5)), Err(unknown));
    }

    #[test]
    fn the_car_that_showed_nothing_for_longest_is_forgotten_beyond_the_bound() {
        let mut door = Door::new(&FaceConfig::default());
        door.shown_max = 2;
        let embedding = Embedding::new(Box::new([0.0; EMBEDDING_FLOATS])).unwrap();
        let frame = |digest: u8| Frame {
            digest: [digest; 32],
            order: u64::from(digest),
            width: 640,
            landmarks: Landmarks::default(),
            embedding: &embedding,
        };
        for (car, digest) in [(1, 1), (2, 2), (1, 3), (3, 4)] {
            door.shows(CarId(car), &[frame(digest)], at(i64::from(digest)));
        }
        assert!(door.shows(CarId(1), &[], at(9)).has(&[1; 32]));
        assert_eq!(door.shown.len(), 2);
        assert!(!door.shows(CarId(2), &[], at(9)).has(&[2; 32]));
    }
}
