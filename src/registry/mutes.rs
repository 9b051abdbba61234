//! Who may not talk, until when and why; kept while the server runs, whatever connects and leaves.
//!
//! Known by account, car, key or client id, so that coming again changes nothing. Bounded in number and in
//! time. What a mute stops is the session's to say.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

/// Clients that may be muted at the same time.
pub(crate) const MUTES_MAX: usize = 10_000;

/// One mute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mute {
    /// The name of the muted client, by which it is found when it has left.
    pub(crate) name: String,
    /// The name of who did it.
    pub(crate) by: String,
    /// What they said for a reason.
    pub(crate) reason: Option<String>,
    /// Its end.
    pub(crate) until: Timestamp,
}

/// Why somebody was not muted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MuteError {
    /// A mute is in force.
    #[error("user '{}' is already muted until {}", .0.name, .0.until)]
    Already(Mute),
    /// The bound is reached.
    #[error("{MUTES_MAX} clients are muted, which is the most")]
    Full,
}

/// The mutes in force, by who: `user:7`, `car:3`, `key:2`, `client:<id>`.
#[derive(Debug, Default)]
pub(crate) struct Mutes(Mutex<HashMap<String, Mute>>);

impl Mutes {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Mute>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The mute of somebody, while it lasts.
    pub(crate) fn of(&self, who: &str, now: Timestamp) -> Option<Mute> {
        let mut mutes = self.lock();
        let until = mutes.get(who)?.until;
        if until <= now {
            mutes.remove(who);
        }
        mutes.get(who).cloned()
    }

    /// Mutes somebody who is not muted.
    pub(crate) fn put(&self, who: &str, mute: Mute, now: Timestamp) -> Result<(), MuteError> {
        let mut mutes = self.lock();
        if let Some(known) = mutes.get(who).filter(|known| known.until > now) {
            return Err(MuteError::Already(known.clone()));
        }
        if mutes.len() >= MUTES_MAX {
            mutes.retain(|_, known| known.until > now);
        }
        if mutes.len() >= MUTES_MAX {
            return Err(MuteError::Full);
        }
        mutes.insert(who.to_owned(), mute);
        Ok(())
    }

    /// Ends a mute.
    pub(crate) fn take(&self, who: &str) -> Option<Mute> {
        self.lock().remove(who)
    }

    /// Who was muted under this name, for one that is not connected.
    pub(crate) fn who_named(&self, name: &str) -> Option<String> {
        let wanted = super::names::key(name);
        let mutes = self.lock();
        let found = mutes.iter().find(|(_, mute)| super::names::key(&mute.name) == wanted);
        found.map(|(who, _)| who.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn mute(until: i64) -> Mute {
        Mute {
            name: "Anna".to_owned(),
            by: "mona".to_owned(),
            reason: None,
            until: at(until),
        }
    }

    #[test]
    fn a_mute_lasts_until_its_end_and_not_a_moment_longer() {
        let mutes = Mutes::default();
        mutes.put("user:1", mute(60), at(0)).unwrap();
        assert_eq!(mutes.of("user:1", at(59)), Some(mute(60)));
        assert_eq!(mutes.of("user:2", at(59)), None);
        assert_eq!(mutes.of("user:1", at(60)), None);
        assert_eq!(mutes.take("user:1"), None, "an ended one is not kept");
    }

    #[test]
    fn nobody_is_muted_twice_and_an_ended_mute_is_no_obstacle() {
        let mutes = Mutes::default();
        mutes.put("user:1", mute(60), at(0)).unwrap();
        assert_eq!(mutes.put("user:1", mute(90), at(59)), Err(MuteError::Already(mute(60))));
        mutes.put("user:1", mute(90), at(60)).unwrap();
        assert_eq!(mutes.take("user:1"), Some(mute(90)));
        assert_eq!(mutes.of("user:1", at(60)), None);
    }

    #[test]
    fn a_name_finds_who_left_without_case() {
        let mutes = Mutes::default();
        mutes.put("client:x", mute(60), at(0)).unwrap();
        assert_eq!(mutes.who_named("aNNa").as_deref(), Some("client:x"));
        assert_eq!(mutes.who_named("bert"), None);
    }

    #[test]
    fn mutes_are_bounded_and_ended_ones_make_room() {
        let mutes = Mutes::default();
        for number in 0..MUTES_MAX {
            let until = if number == 0 { 10 } else { 60 };
            mutes.put(&format!("user:{number}"), mute(until), at(0)).unwrap();
        }
        assert_eq!(mutes.put("user:more", mute(60), at(9)), Err(MuteError::Full));
        mutes.put("user:more", mute(60), at(10)).unwrap();
        assert_eq!(mutes.put("user:yet", mute(60), at(10)), Err(MuteError::Full));
    }
}
