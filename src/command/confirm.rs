//! Dangerous things are said twice: who said what once, and when.
//!
//! Kept in memory and bounded; it decides nothing about who may say them.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::Caller;
use crate::house::House;

/// Askers remembered at a time; one more pushes out the oldest, who just has to ask again.
const ASKED_MAX: usize = 64;

/// Who has asked what once, and when.
#[derive(Debug, Default)]
pub(crate) struct Confirmations(Mutex<Vec<Asked>>);

#[derive(Debug)]
struct Asked {
    who: String,
    what: String,
    at: Timestamp,
}

impl Confirmations {
    /// Whether this is the second time of the same within the bound.
    fn is_confirmed(&self, who: String, what: String, now: Timestamp, within: SignedDuration) -> bool {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        asked.retain(|one| now.duration_since(one.at) <= within);
        if let Some(at) = asked.iter().position(|one| one.who == who && one.what == what) {
            asked.remove(at);
            return true;
        }
        if asked.len() >= ASKED_MAX {
            asked.remove(0);
        }
        asked.push(Asked { who, what, at: now });
        false
    }
}

/// Lets a dangerous call pass the second time; the first time gives what to say. `what` tells calls apart that differ
/// in what they touch, and holds no secret.
pub(crate) fn ask_twice(house: &House, caller: &Caller, what: String, does: &str) -> Option<String> {
    let within_ms = house.config.limits.confirm_ms;
    let within = SignedDuration::from_millis(i64::try_from(within_ms).unwrap_or(i64::MAX));
    let who = caller.standing.who();
    let key = format!("{} {what}", caller.command);
    let confirmed = house.confirmations.is_confirmed(who, key, house.clock.now(), within);
    (!confirmed).then(|| {
        format!(
            "Repeat {}({what}) within {} s to {does}",
            caller.command,
            within.as_secs()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_second_ask_of_the_same_by_the_same_caller_in_time_counts() {
        let within = SignedDuration::from_secs(30);
        let asked = Confirmations::default();
        let said = |who: &str, what: &str, second| {
            asked.is_confirmed(who.into(), what.into(), Timestamp::from_second(second).unwrap(), within)
        };
        assert!(!said("user:1", "s.shutdown", 0));
        assert!(!said("user:2", "s.shutdown", 1), "somebody else's");
        assert!(!said("user:1", "s.restart", 2), "something else");
        assert!(said("user:1", "s.shutdown", 30));
        assert!(!said("user:1", "s.shutdown", 30), "used up");
        assert!(!said("user:1", "s.shutdown", 61), "too late");
    }

    #[test]
    fn one_asker_more_than_are_remembered_pushes_out_the_oldest() {
        let within = SignedDuration::from_secs(30);
        let now = Timestamp::UNIX_EPOCH;
        for (others, is_remembered) in [(ASKED_MAX - 1, true), (ASKED_MAX, false)] {
            let asked = Confirmations::default();
            assert!(!asked.is_confirmed("first".into(), String::new(), now, within));
            for number in 0..others {
                assert!(!asked.is_confirmed(number.to_string(), String::new(), now, within));
            }
            assert_eq!(
                asked.is_confirmed("first".into(), String::new(), now, within),
                is_remembered
            );
        }
    }
}
