//! Presence: which people are online, since when, and when the others were last seen.
//!
//! A person is online while an open session holds a [`Here`] of theirs: nothing is counted that could outlive the
//! sessions, so a server that died leaves nobody online. The state is in memory, asked without waiting; the actor tells
//! who wants to hear, and writes what must outlive the process, in groups.

pub(crate) mod actor;
pub(crate) mod commands;
mod rules;
pub(crate) mod store;
mod telling;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

pub(crate) use self::rules::people::{Mark, Online};

use self::actor::Presences;
use self::rules::people::{Bounds, People};
use crate::booking::UserId;
use crate::config::Limits;
use crate::runtime::Service;
use crate::runtime::clock::Clock;
use crate::runtime::metrics::PresenceMeters;

/// Marks of people who are gone that may wait for a disk that is full; beyond it the oldest instants are kept instead.
const MARKS_MAX: usize = 200_000;

/// Who is online; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Presence(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    people: Mutex<People>,
    clock: Clock,
    since: Instant,
    meters: PresenceMeters,
    teller: OnceLock<Service<Presences>>,
}

/// Who is online at one moment.
#[derive(Debug)]
pub(crate) struct Look<'a>(MutexGuard<'a, People>);

impl Look<'_> {
    /// Whether a person is online.
    pub(crate) fn is_online(&self, user: UserId) -> bool {
        self.0.find(user).is_some()
    }
}

impl Presence {
    /// Nobody is online.
    pub(crate) fn new(limits: &Limits, clock: &Clock) -> Self {
        let bounds = Bounds {
            grace: Duration::from_millis(limits.presence_grace_ms),
            leaving: limits.connections_max,
            marks: MARKS_MAX,
        };
        Self(Arc::new(Inner {
            people: Mutex::new(People::new(bounds)),
            clock: clock.clone(),
            since: Instant::now(),
            meters: PresenceMeters::new(),
            teller: OnceLock::new(),
        }))
    }

    /// The actor is started. The server does so once.
    pub(crate) fn told_by(&self, teller: Service<Presences>) {
        drop(self.0.teller.set(teller));
    }

    /// Who tells of people; `None` while the server starts.
    pub(crate) fn teller(&self) -> Option<&Service<Presences>> {
        self.0.teller.get()
    }

    /// A session of a person began; it lasts as long as what is given back.
    pub(crate) fn enter(&self, user: UserId, name: &str) -> Here {
        let at = self.0.clock.now();
        self.people().enter(user, name, at);
        Here {
            presence: self.clone(),
            user,
        }
    }

    /// Whether a person is online.
    pub(crate) fn is_online(&self, user: UserId) -> bool {
        self.people().find(user).is_some()
    }

    /// For asking of many at once; nobody comes or goes as long as it is held, which is never over a wait.
    pub(crate) fn look(&self) -> Look<'_> {
        Look(self.people())
    }

    /// How a person is online.
    pub(crate) fn find(&self, user: UserId) -> Option<Online> {
        self.people().find(user).cloned()
    }

    /// At most so many who are online, with numbers above `after`, by number.
    pub(crate) fn page(&self, after: UserId, max: usize) -> Vec<(UserId, Online)> {
        let people = self.people();
        let behind = people.after(after).take(max);
        behind.map(|(user, online)| (user, online.clone())).collect()
    }

    /// How many are online.
    pub(crate) fn count(&self) -> usize {
        self.people().len()
    }

    /// Who may see a person may have changed: those who watch them are told what is so for them now.
    pub(crate) fn look_again(&self, user: UserId) {
        self.people().touch(user);
    }

    /// What is known of a person and not on the disk yet.
    pub(crate) fn unwritten(&self, user: UserId) -> Option<Mark> {
        self.people().unwritten(user)
    }

    /// Those who came or went since this was asked last, each once, with their names. The actor alone asks.
    fn take_changed(&self) -> BTreeMap<UserId, Arc<str>> {
        let now = self.0.since.elapsed();
        let mut people = self.people();
        people.expire(now);
        self.0.meters.online(people.len());
        people.take_changed()
    }

    /// Those who came or went since this was asked last, for whoever tells those who watch nobody.
    pub(crate) fn take_news(&self) -> BTreeSet<UserId> {
        self.people().take_news()
    }

    /// What is to be written next. The actor alone asks.
    fn take_marks(&self, max: usize) -> Vec<(UserId, Mark)> {
        let mut people = self.people();
        self.0.meters.lost(people.trim());
        people.take_marks(max)
    }

    /// What was taken last is on the disk, or is not.
    fn written(&self, is_done: bool) {
        self.people().written(is_done);
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    fn people(&self) -> MutexGuard<'_, People> {
        self.0.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open session of a person; dropped, it has ended.
#[derive(Debug)]
pub(crate) struct Here {
    presence: Presence,
    user: UserId,
}

impl Drop for Here {
    fn drop(&mut self) {
        let inner = &self.presence.0;
        let (at, now) = (inner.clock.now(), inner.since.elapsed());
        self.presence.people().leave(self.user, at, now);
    }
}
