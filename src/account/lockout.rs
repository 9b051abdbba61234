//! How many wrong guesses an account takes, and from where: the rules, with time as an argument.
//!
//! A bucket is one account seen from one source it knows, or from all sources it does not know
//! together. At most [`PASSWORD_FAILURES_MAX`] guesses of a bucket reach the hasher in any
//! [`WINDOW`]: a place is taken before hashing, so guesses made at once count too. Unknown names
//! have buckets like known ones, so a lock-out tells nothing. Never waits, never reads a clock.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// Wrong passwords of a bucket within one [`WINDOW`].
pub const PASSWORD_FAILURES_MAX: usize = 10;
/// Wrong PINs of a bucket within one [`WINDOW`]: a PIN has few digits.
pub const PIN_FAILURES_MAX: usize = 5;
/// How long a failure counts.
pub const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Buckets kept, of about 250 bytes each at their fullest. When there are more, those with the
/// fewest failures are forgotten first. So a locked bucket is forgotten early only when all are
/// locked, which takes 655,360 runs of argon2 within one window: at 69 ms each, 50 cores.
pub const BUCKETS_MAX: usize = 65_536;

/// Which secret is guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Guess {
    /// The password of an account.
    Password,
    /// The PIN of an account.
    Pin,
}

impl Guess {
    fn failures_max(self) -> usize {
        match self {
            Self::Password => PASSWORD_FAILURES_MAX,
            Self::Pin => PIN_FAILURES_MAX,
        }
    }
}

/// One bucket. Holds a hash, so that a name of any length takes the same room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bucket {
    key: [u8; 32],
    guess: Guess,
    own_source: bool,
}

impl Bucket {
    /// The bucket of `account`, lower-cased, at `own_source`, or among all sources it does not know.
    pub fn new(guess: Guess, account: &str, own_source: Option<&str>) -> Self {
        let mut hash = Sha256::new();
        hash.update(account.to_lowercase());
        // No name or source holds a NUL that could move the border between the two.
        hash.update([0, u8::from(own_source.is_some())]);
        hash.update(own_source.unwrap_or_default());
        Self {
            key: hash.finalize().into(),
            guess,
            own_source: own_source.is_some(),
        }
    }
}

/// The answer to one who wants to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// Go on; tell how it ended by [`LockOut::failed`], [`LockOut::succeeded`] or [`LockOut::given_back`].
    Reserved,
    /// All places are taken by guesses still being checked: ask again when one has ended.
    Wait,
    /// Enough wrong guesses for now.
    LockedOut {
        /// From when one more is heard.
        retry_at: Timestamp,
    },
}

#[derive(Debug, Default)]
struct Tries {
    /// Ends of failed guesses, oldest first; with `in_flight` never more than the limit.
    failed: VecDeque<Timestamp>,
    /// Guesses being checked. They count however long they take, and become failures at their
    /// end: so two guesses a window apart here are a window apart at the hasher too.
    in_flight: usize,
}

impl Tries {
    fn forget_before(&mut self, now: Timestamp) {
        while self.failed.front().is_some_and(|at| until(*at) <= now) {
            self.failed.pop_front();
        }
    }

    fn is_empty(&self) -> bool {
        self.failed.is_empty() && self.in_flight == 0
    }
}

/// All buckets that hold a failure or a guess being checked.
#[derive(Debug)]
pub struct LockOut {
    buckets: HashMap<Bucket, Tries>,
    buckets_max: usize,
    forgotten: u64,
}

impl Default for LockOut {
    fn default() -> Self {
        Self::new(BUCKETS_MAX)
    }
}

impl LockOut {
    /// With room for `buckets_max` buckets.
    pub fn new(buckets_max: usize) -> Self {
        Self {
            buckets: HashMap::new(),
            buckets_max,
            forgotten: 0,
        }
    }

    /// Takes a place for one guess, if there is one.
    pub fn reserve(&mut self, bucket: Bucket, now: Timestamp) -> Entry {
        if !self.buckets.contains_key(&bucket) {
            self.make_room(now);
        }
        let tries = self.buckets.entry(bucket).or_default();
        tries.forget_before(now);
        if tries.failed.len() + tries.in_flight < bucket.guess.failures_max() {
            tries.in_flight += 1;
            return Entry::Reserved;
        }
        match tries.failed.front() {
            Some(oldest) if tries.in_flight == 0 => Entry::LockedOut {
                retry_at: until(*oldest),
            },
            _ => Entry::Wait,
        }
    }

    /// The guess was wrong, or nobody knows how it ended. Says whether it was the last one heard.
    pub fn failed(&mut self, bucket: Bucket, now: Timestamp) -> bool {
        let Some(tries) = self.buckets.get_mut(&bucket) else { return false };
        tries.in_flight = tries.in_flight.saturating_sub(1);
        tries.failed.push_back(now);
        tries.failed.len() == bucket.guess.failures_max()
    }

    /// The guess was right: the failures of its own source are forgiven. Those of all unknown
    /// sources together are not, since most were not the owner's, whose source is known from now on.
    pub fn succeeded(&mut self, bucket: Bucket) {
        if bucket.own_source
            && let Some(tries) = self.buckets.get_mut(&bucket)
        {
            tries.failed.clear();
        }
        self.given_back(bucket);
    }

    /// The guess was never checked.
    pub fn given_back(&mut self, bucket: Bucket) {
        if let Some(tries) = self.buckets.get_mut(&bucket) {
            tries.in_flight = tries.in_flight.saturating_sub(1);
            if tries.is_empty() {
                self.buckets.remove(&bucket);
            }
        }
    }

    /// Buckets held now.
    pub fn len(&self) -> usize {
        self.buckets.len()
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    /// Buckets forgotten early for want of room since the start.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Room for one more: first what has run out goes, then a sixteenth of all at once, so that a
    /// full map is searched once in thousands of guesses. Guesses being checked are never forgotten;
    /// the gate before the hasher bounds them.
    fn make_room(&mut self, now: Timestamp) {
        if self.buckets.len() < self.buckets_max {
            return;
        }
        self.buckets.retain(|_, tries| {
            tries.forget_before(now);
            !tries.is_empty()
        });
        if self.buckets.len() < self.buckets_max {
            return;
        }
        let mut idle: Vec<(usize, Option<Timestamp>, Bucket)> = self
            .buckets
            .iter()
            .filter(|(_, tries)| tries.in_flight == 0)
            .map(|(bucket, tries)| (tries.failed.len(), tries.failed.back().copied(), *bucket))
            .collect();
        idle.sort_unstable_by_key(|(failures, latest, _)| (*failures, *latest));
        for (_, _, bucket) in idle.into_iter().take(self.buckets_max.div_ceil(16)) {
            self.buckets.remove(&bucket);
            self.forgotten += 1;
        }
    }
}

/// When a failure at `at` stops counting.
fn until(at: Timestamp) -> Timestamp {
    at.saturating_add(WINDOW).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn unknown(account: &str) -> Bucket {
        Bucket::new(Guess::Password, account, None)
    }

    fn known(account: &str) -> Bucket {
        Bucket::new(Guess::Password, account, Some("ip:192.0.2.7"))
    }

    fn guess_wrong(lockout: &mut LockOut, bucket: Bucket, times: usize, second: i64) {
        for _ in 0..times {
            assert_eq!(lockout.reserve(bucket, at(second)), Entry::Reserved);
            lockout.failed(bucket, at(second));
        }
    }

    #[test]
    fn ten_wrong_guesses_are_heard_and_the_eleventh_is_told_when_to_return() {
        let mut lockout = LockOut::default();
        guess_wrong(&mut lockout, unknown("ada"), 10, 0);
        assert_eq!(
            lockout.reserve(unknown("ada"), at(1)),
            Entry::LockedOut { retry_at: at(900) }
        );
        assert_eq!(
            lockout.reserve(unknown("ada"), at(899)),
            Entry::LockedOut { retry_at: at(900) }
        );
        assert_eq!(lockout.reserve(unknown("ada"), at(900)), Entry::Reserved);
    }

    #[test]
    fn five_wrong_pins_are_enough() {
        let mut lockout = LockOut::default();
        let bucket = Bucket::new(Guess::Pin, "ada", None);
        guess_wrong(&mut lockout, bucket, PIN_FAILURES_MAX, 0);
        assert!(matches!(
            lockout.reserve(bucket, at(1)),
            Entry::LockedOut { .. }
        ));
        assert_eq!(
            lockout.reserve(unknown("ada"), at(1)),
            Entry::Reserved,
            "the password is not locked by it"
        );
    }

    #[test]
    fn the_owner_at_a_known_source_gets_in_while_a_guesser_is_locked_out() {
        let mut lockout = LockOut::default();
        guess_wrong(&mut lockout, unknown("ada"), 10, 0);
        assert_eq!(lockout.reserve(known("ada"), at(1)), Entry::Reserved);
        lockout.succeeded(known("ada"));
        assert!(matches!(
            lockout.reserve(unknown("ada"), at(2)),
            Entry::LockedOut { .. }
        ));
    }

    #[test]
    fn the_case_of_a_name_makes_no_new_bucket() {
        assert_eq!(unknown("Ada"), unknown("aDA"));
        assert_ne!(unknown("ada"), unknown("ada1"));
        assert_ne!(unknown("ada"), known("ada"));
    }

    #[test]
    fn guesses_being_checked_take_places_and_the_next_waits_for_them() {
        let mut lockout = LockOut::default();
        for _ in 0..10 {
            assert_eq!(lockout.reserve(unknown("ada"), at(0)), Entry::Reserved);
        }
        assert_eq!(lockout.reserve(unknown("ada"), at(0)), Entry::Wait);
        lockout.given_back(unknown("ada"));
        assert_eq!(lockout.reserve(unknown("ada"), at(0)), Entry::Reserved);
        for _ in 0..10 {
            lockout.failed(unknown("ada"), at(5));
        }
        assert_eq!(
            lockout.reserve(unknown("ada"), at(6)),
            Entry::LockedOut { retry_at: at(905) }
        );
    }

    #[test]
    fn a_success_forgives_its_own_source_only() {
        let mut lockout = LockOut::default();
        guess_wrong(&mut lockout, known("ada"), 9, 0);
        assert_eq!(lockout.reserve(known("ada"), at(1)), Entry::Reserved);
        lockout.succeeded(known("ada"));
        assert!(lockout.is_empty());

        guess_wrong(&mut lockout, unknown("ada"), 9, 0);
        assert_eq!(lockout.reserve(unknown("ada"), at(1)), Entry::Reserved);
        lockout.succeeded(unknown("ada"));
        guess_wrong(&mut lockout, unknown("ada"), 1, 2);
        assert!(matches!(
            lockout.reserve(unknown("ada"), at(3)),
            Entry::LockedOut { .. }
        ));
    }

    #[test]
    fn a_full_map_forgets_the_least_guessed_and_keeps_the_locked() {
        let mut lockout = LockOut::new(32);
        guess_wrong(&mut lockout, unknown("victim"), 10, 0);
        for n in 1..32 {
            guess_wrong(&mut lockout, unknown(&format!("name{n}")), 1, n);
        }
        assert_eq!((lockout.len(), lockout.forgotten()), (32, 0));
        for n in 32..400 {
            guess_wrong(&mut lockout, unknown(&format!("name{n}")), 1, n);
            assert!(lockout.len() <= 32);
        }
        assert!(lockout.forgotten() >= 368, "{}", lockout.forgotten());
        assert!(matches!(
            lockout.reserve(unknown("victim"), at(400)),
            Entry::LockedOut { .. }
        ));
    }

    #[test]
    fn a_full_map_first_forgets_what_has_run_out() {
        let mut lockout = LockOut::new(4);
        for n in 0..4 {
            guess_wrong(&mut lockout, unknown(&format!("name{n}")), 1, 0);
        }
        guess_wrong(&mut lockout, unknown("late"), 1, 900);
        assert_eq!((lockout.len(), lockout.forgotten()), (1, 0));
    }

    #[derive(Debug, Clone)]
    enum Step {
        Reserve(usize),
        Fail(usize),
        Succeed(usize),
        GiveBack(usize),
        Pass(i64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => (0usize..3).prop_map(Step::Reserve),
            6 => (0usize..3).prop_map(Step::Fail),
            1 => (0usize..3).prop_map(Step::Succeed),
            1 => (0usize..3).prop_map(Step::GiveBack),
            2 => (1i64..600).prop_map(Step::Pass),
        ]
    }

    proptest! {
        /// The model keeps every guess ever made and looks back one window at each new one.
        #[test]
        fn never_more_than_ten_wrong_guesses_a_window_reach_the_hasher(steps in prop::collection::vec(step(), 1..400)) {
            let buckets = [unknown("ada"), known("ada"), unknown("bob")];
            let mut lockout = LockOut::new(8);
            let mut in_flight = [0usize; 3];
            let mut wrong: [Vec<i64>; 3] = Default::default();
            let mut now = 0;
            for step in steps {
                match step {
                    Step::Reserve(n) => {
                        let recent = wrong[n].iter().filter(|at| **at + 900 > now).count();
                        let entry = lockout.reserve(buckets[n], at(now));
                        let free = recent + in_flight[n] < 10;
                        prop_assert_eq!(entry == Entry::Reserved, free, "{:?} with {} and {}", entry, recent, in_flight[n]);
                        if free {
                            in_flight[n] += 1;
                        } else if let Entry::LockedOut { retry_at } = entry {
                            let oldest = wrong[n].iter().find(|at| **at + 900 > now).unwrap();
                            prop_assert_eq!(retry_at, at(oldest + 900));
                        }
                    }
                    Step::Fail(n) if in_flight[n] > 0 => {
                        in_flight[n] -= 1;
                        wrong[n].push(now);
                        lockout.failed(buckets[n], at(now));
                    }
                    Step::Succeed(n) if in_flight[n] > 0 => {
                        in_flight[n] -= 1;
                        if n == 1 {
                            wrong[n].clear();
                        }
                        lockout.succeeded(buckets[n]);
                    }
                    Step::GiveBack(n) if in_flight[n] > 0 => {
                        in_flight[n] -= 1;
                        lockout.given_back(buckets[n]);
                    }
                    Step::Pass(seconds) => now += seconds,
                    _ => {}
                }
            }
        }
    }
}
