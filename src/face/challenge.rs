//! Challenges: what the person at a car is asked to do before the camera, once, and before a deadline.
//!
//! Pure; time and random bytes come in as arguments. A car has at most one open challenge: a newer one takes the place
//! of the older. A challenge is used once, whatever came of it. Bounded; a challenge of one car never costs another's.

use std::collections::HashMap;

use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};

use crate::booking::CarId;

/// Open challenges of all cars. One more is refused: it takes as many units with keys of their own within one deadline.
pub const CHALLENGES_MAX: usize = 16_384;
/// Random bytes that a challenge is made of.
pub const CHALLENGE_RANDOM_BYTES: usize = 24;
/// Of them, those that become its name.
const NONCE_BYTES: usize = 16;

/// What the person does. Left and right are their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Looks straight into the camera.
    Straight,
    /// Turns the head to their left.
    TurnLeft,
    /// Turns the head to their right.
    TurnRight,
    /// Comes nearer.
    Nearer,
}

impl Step {
    /// The name in messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Straight => "straight",
            Self::TurnLeft => "turn_left",
            Self::TurnRight => "turn_right",
            Self::Nearer => "nearer",
        }
    }
}

/// Every sequence that is asked for: `straight`, then two or three movements, none twice in a row. A movement that is
/// made twice in a row could not be told from one that lasts.
#[must_use]
pub fn sequences() -> Vec<Vec<Step>> {
    const MOVEMENTS: [Step; 3] = [Step::TurnLeft, Step::TurnRight, Step::Nearer];
    let others = |last: Step| MOVEMENTS.into_iter().filter(move |step| *step != last);
    let mut all = Vec::new();
    for first in MOVEMENTS {
        for second in others(first) {
            all.push(vec![Step::Straight, first, second]);
            for third in others(second) {
                all.push(vec![Step::Straight, first, second, third]);
            }
        }
    }
    all
}

/// One challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Its name, which nobody guesses.
    pub id: String,
    /// What is to be done, in this order.
    pub steps: Vec<Step>,
    /// Since when frames count.
    pub given_at: Timestamp,
    /// From when they count no more.
    pub expires_at: Timestamp,
}

impl Challenge {
    /// A new one out of random bytes.
    #[must_use]
    pub fn new(random: &[u8; CHALLENGE_RANDOM_BYTES], now: Timestamp, lasts: SignedDuration) -> Self {
        let (nonce, choice) = random.split_at(NONCE_BYTES);
        // 64 bits over 18 sequences: no sequence is likelier than another by more than 1 in 10^18.
        let choice = choice
            .iter()
            .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        let mut all = sequences();
        let count = u64::try_from(all.len()).unwrap_or(1);
        let chosen = usize::try_from(choice % count).unwrap_or_default();
        Self {
            id: format!("c-{}", HEXLOWER.encode(nonce)),
            steps: all.swap_remove(chosen),
            given_at: now,
            expires_at: now.saturating_add(lasts).unwrap_or(Timestamp::MAX),
        }
    }
}

/// Why a challenge is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChallengeError {
    /// Never given to this car, used, or a newer one took its place.
    #[error("this is not the open challenge of this car: it was used, or a newer one took its place")]
    Unknown,
    /// Its deadline has passed.
    #[error("the challenge ended at {0}; ask for a new one")]
    Late(Timestamp),
    /// There are too many.
    #[error("{0} challenges are open, which is the most; try again")]
    Full(usize),
}

/// What became of the challenge that a car had when it was given another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// It had none.
    Nothing,
    /// It had one that could still be met.
    Replaced,
    /// It had one whose deadline had passed.
    Expired,
}

/// The open challenges.
#[derive(Debug)]
pub struct Challenges {
    open: HashMap<CarId, Challenge>,
    max: usize,
}

impl Default for Challenges {
    fn default() -> Self {
        Self::new(CHALLENGES_MAX)
    }
}

impl Challenges {
    /// With room for so many.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self {
            open: HashMap::new(),
            max,
        }
    }

    /// Opens a challenge for a car.
    ///
    /// # Errors
    /// `Full` when there is no room.
    pub fn give(&mut self, car: CarId, challenge: Challenge) -> Result<Before, ChallengeError> {
        let now = challenge.given_at;
        if self.open.len() >= self.max && !self.open.contains_key(&car) {
            self.open.retain(|_, open| now < open.expires_at);
            if self.open.len() >= self.max {
                return Err(ChallengeError::Full(self.max));
            }
        }
        Ok(match self.open.insert(car, challenge) {
            None => Before::Nothing,
            Some(old) if now < old.expires_at => Before::Replaced,
            Some(_) => Before::Expired,
        })
    }

    /// Whether the challenge could be used now. It stays.
    ///
    /// # Errors
    /// `Unknown` and `Late`.
    pub fn look(&self, car: CarId, id: &str, now: Timestamp) -> Result<&Challenge, ChallengeError> {
        let open = self.open.get(&car).filter(|open| open.id == id);
        let open = open.ok_or(ChallengeError::Unknown)?;
        if now < open.expires_at {
            Ok(open)
        } else {
            Err(ChallengeError::Late(open.expires_at))
        }
    }

    /// Uses a challenge: it is gone, also when it is too late for it.
    ///
    /// # Errors
    /// `Unknown` and `Late`.
    pub fn take(&mut self, car: CarId, id: &str, now: Timestamp) -> Result<Challenge, ChallengeError> {
        let known = self.look(car, id, now).map(|_| ());
        if known == Err(ChallengeError::Unknown) {
            return Err(ChallengeError::Unknown);
        }
        let taken = self.open.remove(&car).ok_or(ChallengeError::Unknown)?;
        known.map(|()| taken)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LASTS: SignedDuration = SignedDuration::from_secs(30);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn made(seed: u8, now: i64) -> Challenge {
        Challenge::new(&[seed; CHALLENGE_RANDOM_BYTES], at(now), LASTS)
    }

    #[test]
    fn there_are_eighteen_sequences_and_each_begins_straight_and_repeats_nothing() {
        let all = sequences();
        assert_eq!(all.len(), 18);
        for steps in &all {
            assert!((3..=4).contains(&steps.len()));
            assert_eq!(steps.iter().filter(|step| **step == Step::Straight).count(), 1);
            assert_eq!(steps[0], Step::Straight);
            assert!(steps.windows(2).all(|pair| pair[0] != pair[1]), "{steps:?}");
            // A flat picture can be brought nearer, but its nose does not move between its eyes.
            let turns = [Step::TurnLeft, Step::TurnRight];
            assert!(steps.iter().any(|step| turns.contains(step)), "{steps:?}");
        }
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn a_challenge_is_used_once_and_only_at_its_own_car() {
        let mut open = Challenges::default();
        let challenge = made(1, 0);
        assert_eq!(open.give(CarId(1), challenge.clone()), Ok(Before::Nothing));
        assert_eq!(open.take(CarId(2), &challenge.id, at(1)), Err(ChallengeError::Unknown));
        assert_eq!(open.take(CarId(1), "c-other", at(1)), Err(ChallengeError::Unknown));
        assert_eq!(open.take(CarId(1), &challenge.id, at(1)), Ok(challenge.clone()));
        assert_eq!(open.take(CarId(1), &challenge.id, at(1)), Err(ChallengeError::Unknown));
    }

    #[test]
    fn a_newer_challenge_takes_the_place_of_the_older() {
        let mut open = Challenges::default();
        let (first, second, third) = (made(1, 0), made(2, 10), made(3, 60));
        open.give(CarId(1), first.clone()).unwrap();
        assert_eq!(open.give(CarId(1), second.clone()), Ok(Before::Replaced));
        assert_eq!(open.take(CarId(1), &first.id, at(11)), Err(ChallengeError::Unknown));
        assert!(open.look(CarId(1), &second.id, at(11)).is_ok());
        assert_eq!(open.give(CarId(1), third), Ok(Before::Expired));
    }

    #[test]
    fn the_deadline_itself_is_too_late_and_a_late_challenge_is_gone() {
        let mut open = Challenges::default();
        let challenge = made(1, 0);
        open.give(CarId(1), challenge.clone()).unwrap();
        assert!(open.look(CarId(1), &challenge.id, at(29)).is_ok());
        let late = Err(ChallengeError::Late(at(30)));
        assert_eq!(open.take(CarId(1), &challenge.id, at(30)), late);
        assert_eq!(open.take(CarId(1), &challenge.id, at(1)), Err(ChallengeError::Unknown));
    }

    #[test]
    fn one_challenge_too_many_is_refused_until_others_have_ended() {
        let mut open = Challenges::new(2);
        open.give(CarId(1), made(1, 0)).unwrap();
        open.give(CarId(2), made(2, 5)).unwrap();
        assert_eq!(open.give(CarId(3), made(3, 29)), Err(ChallengeError::Full(2)));
        assert_eq!(open.give(CarId(2), made(4, 29)), Ok(Before::Replaced), "it has a place");
        assert_eq!(open.give(CarId(3), made(5, 30)), Ok(Before::Nothing));
    }

    proptest! {
        #[test]
        fn any_random_bytes_make_one_of_the_sequences(random in any::<[u8; CHALLENGE_RANDOM_BYTES]>()) {
            let challenge = Challenge::new(&random, at(0), LASTS);
            prop_assert!(sequences().contains(&challenge.steps));
            prop_assert_eq!(challenge.id.len(), 34);
            let mut other = random;
            other[0] ^= 1;
            prop_assert_ne!(Challenge::new(&other, at(0), LASTS).id, challenge.id);
        }
    }
}
