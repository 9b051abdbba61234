//! Blame: whose pictures ended the worker, and who is therefore not looked at for a while.
//!
//! Pure; time comes in as an argument, counted from when the analyser began. Every end counts for all whose pictures were
//! in the worker's hand: nobody can tell which of them it was, and whoever means it is there each time. Bounded.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// After so many ends a sender's pictures are not looked at.
pub const ENDS_MAX: usize = 3;
/// For how long an end counts, and for how long pictures are not looked at.
pub const ENDS_LAST: Duration = Duration::from_secs(15 * 60);
/// Senders that are remembered; beyond, the one whose last end is oldest is forgotten.
pub const SENDERS_MAX: usize = 4_096;

#[derive(Debug, Default)]
struct Sender {
    /// Oldest first; never more than [`ENDS_MAX`].
    ended: VecDeque<Duration>,
    shut_until: Option<Duration>,
}

impl Sender {
    /// When nothing is known of it any more.
    fn forgotten_at(&self) -> Duration {
        let counts_until = self.ended.back().map(|at| at.saturating_add(ENDS_LAST));
        self.shut_until.or(counts_until).unwrap_or_default()
    }
}

/// All senders whose pictures were in the hand of a worker that ended.
#[derive(Debug, Default)]
pub struct Blame(HashMap<Arc<str>, Sender>);

impl Blame {
    /// For how much longer pictures of this sender are not looked at, if so.
    #[must_use]
    pub fn shut_for(&self, sender: &str, now: Duration) -> Option<Duration> {
        let until = self.0.get(sender)?.shut_until?;
        until.checked_sub(now).filter(|left| !left.is_zero())
    }

    /// A worker ended with pictures of this sender in its hand; says whether that was one too many.
    pub fn ended(&mut self, sender: &Arc<str>, now: Duration) -> bool {
        if !self.0.contains_key(sender) {
            self.make_room(now);
        }
        let known = self.0.entry(Arc::clone(sender)).or_default();
        known.ended.retain(|at| at.saturating_add(ENDS_LAST) > now);
        known.ended.push_back(now);
        let shuts = known.ended.len() >= ENDS_MAX;
        if shuts {
            known.shut_until = Some(now.saturating_add(ENDS_LAST));
            known.ended.clear();
        }
        shuts
    }

    fn make_room(&mut self, now: Duration) {
        if self.0.len() < SENDERS_MAX {
            return;
        }
        self.0.retain(|_, sender| sender.forgotten_at() > now);
        if self.0.len() < SENDERS_MAX {
            return;
        }
        let oldest = self
            .0
            .iter()
            .min_by_key(|(name, sender)| (sender.forgotten_at(), *name));
        if let Some(name) = oldest.map(|(name, _)| Arc::clone(name)) {
            self.0.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn sender(name: &str) -> Arc<str> {
        Arc::from(name)
    }

    #[test]
    fn the_third_end_within_fifteen_minutes_shuts_this_sender_out_for_fifteen_minutes() {
        let mut blame = Blame::default();
        let (car, other) = (sender("car:1"), sender("car:2"));
        assert!(!blame.ended(&car, at(0)) && !blame.ended(&car, at(10)));
        assert_eq!(blame.shut_for(&car, at(10)), None);
        assert!(!blame.ended(&other, at(10)), "each has a count of its own");
        assert!(blame.ended(&car, at(20)));
        assert_eq!(blame.shut_for(&car, at(20)), Some(ENDS_LAST));
        assert_eq!(blame.shut_for(&car, at(919)), Some(at(1)));
        assert_eq!(blame.shut_for(&car, at(920)), None);
        assert_eq!(blame.shut_for(&other, at(20)), None);
        assert!(!blame.ended(&car, at(920)), "a fresh start");
    }

    #[test]
    fn ends_that_are_old_do_not_count() {
        let mut blame = Blame::default();
        let car = sender("car:1");
        for now in [0, 500, 900, 1_400, 1_900] {
            assert!(!blame.ended(&car, at(now)), "{now}");
        }
        assert!(blame.ended(&car, at(2_200)));
    }

    #[test]
    fn the_sender_whose_blame_ends_first_is_forgotten_when_there_is_one_too_many() {
        let mut blame = Blame::default();
        let kept = sender("kept");
        for now in 1..=3 {
            blame.ended(&kept, at(now));
        }
        for number in 1..SENDERS_MAX {
            blame.ended(&sender(&format!("{number:05}")), at(0));
        }
        assert_eq!(blame.0.len(), SENDERS_MAX);
        blame.ended(&sender("new"), at(4));
        assert_eq!(blame.0.len(), SENDERS_MAX);
        assert!(!blame.0.contains_key("00001"), "the oldest");
        assert!(blame.shut_for(&kept, at(4)).is_some());
        blame.ended(&sender("newest"), at(2_000));
        assert_eq!(blame.0.len(), 1, "what has ended makes room");
    }
}
