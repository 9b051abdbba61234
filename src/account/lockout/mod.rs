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
/// Wrong administrator's keys that one client, account or key tries within one [`WINDOW`].
pub const ADMIN_KEY_FAILURES_MAX: usize = 5;
/// Wrong administrator's keys that come from one source within one [`WINDOW`], whoever tries.
pub const ADMIN_KEY_FAILURES_FROM_MAX: usize = 20;
/// Sign-ups that come from one source within one [`WINDOW`], whether they were let in or not.
pub const SIGN_UPS_FROM_MAX: usize = 10;
/// Sign-ins by a provider that fail and come from one source within one [`WINDOW`].
pub const PROVIDER_FAILURES_FROM_MAX: usize = 60;
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
    /// The administrator's key, by who tries.
    AdminKey,
    /// The administrator's key, by where from.
    AdminKeyFrom,
    /// Nothing: who signs up, by where from.
    SignUpFrom,
    /// What a provider is said to have answered, by where from.
    ProviderFrom,
}

impl Guess {
    fn failures_max(self) -> usize {
        match self {
            Self::Password => PASSWORD_FAILURES_MAX,
            Self::Pin => PIN_FAILURES_MAX,
            Self::AdminKey => ADMIN_KEY_FAILURES_MAX,
            Self::AdminKeyFrom => ADMIN_KEY_FAILURES_FROM_MAX,
            Self::SignUpFrom => SIGN_UPS_FROM_MAX,
            Self::ProviderFrom => PROVIDER_FAILURES_FROM_MAX,
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
        let Some(tries) = self.buckets.get_mut(&bucket) else {
            return false;
        };
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
mod tests;
