//! Who is online: from the first session to the last, and a moment longer, so that coming again is no news.
//!
//! Pure: instants and what has passed come in as arguments. Nothing is counted that is not an open session; what was
//! changed and what has to be written is kept by person, so that a storm costs no more than the people in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::booking::UserId;

/// One person who is online.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Online {
    /// The name of the account.
    pub(crate) name: Arc<str>,
    /// Open sessions; none while the person may still come again.
    pub(crate) sessions: u32,
    /// When the first of them began.
    pub(crate) since: Timestamp,
}

/// What is written of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The end of the last session; while there is one, when the person came.
    pub(crate) seen_at: Timestamp,
    /// Whether there is one.
    pub(crate) is_online: bool,
}

#[derive(Debug)]
struct Entry {
    online: Online,
    /// When the person counts as gone; `None` while there are sessions.
    gone_after: Option<Duration>,
}

/// How long and how many.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// How long after their last session people are still online.
    pub(crate) grace: Duration,
    /// People in that state; one more and the first of them is gone earlier.
    pub(crate) leaving: usize,
    /// Marks that wait to be written; one more and one is let go.
    pub(crate) marks: usize,
}

/// Everybody who is online. Invariant: `leaving` has those without a session and nobody else.
#[derive(Debug)]
pub(crate) struct People {
    bounds: Bounds,
    online: BTreeMap<UserId, Entry>,
    leaving: BTreeSet<(Duration, UserId)>,
    changed: BTreeMap<UserId, Arc<str>>,
    news: BTreeSet<UserId>,
    marks: BTreeMap<UserId, Mark>,
    writing: BTreeMap<UserId, Mark>,
}

impl People {
    /// Nobody.
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            online: BTreeMap::new(),
            leaving: BTreeSet::new(),
            changed: BTreeMap::new(),
            news: BTreeSet::new(),
            marks: BTreeMap::new(),
            writing: BTreeMap::new(),
        }
    }

    /// A session of a person begins.
    pub(crate) fn enter(&mut self, user: UserId, name: &str, at: Timestamp) {
        if let Some(entry) = self.online.get_mut(&user) {
            entry.online.sessions = entry.online.sessions.saturating_add(1);
            if let Some(gone_after) = entry.gone_after.take() {
                self.leaving.remove(&(gone_after, user));
                self.mark(user, at, true);
            }
            return;
        }
        let name: Arc<str> = Arc::from(name);
        self.changed.insert(user, name.clone());
        self.news.insert(user);
        let online = Online {
            name,
            sessions: 1,
            since: at,
        };
        let entry = Entry {
            online,
            gone_after: None,
        };
        self.online.insert(user, entry);
        self.mark(user, at, true);
    }

    /// A session of a person ended.
    pub(crate) fn leave(&mut self, user: UserId, at: Timestamp, now: Duration) {
        let Some(entry) = self.online.get_mut(&user).filter(|entry| entry.online.sessions > 0) else {
            return;
        };
        entry.online.sessions -= 1;
        if entry.online.sessions > 0 {
            return;
        }
        let gone_after = now.saturating_add(self.bounds.grace);
        entry.gone_after = Some(gone_after);
        self.leaving.insert((gone_after, user));
        self.mark(user, at, false);
        while self.leaving.len() > self.bounds.leaving {
            if let Some((_, user)) = self.leaving.pop_first() {
                self.gone(user);
            }
        }
    }

    /// Those whose time to come again is over are gone.
    pub(crate) fn expire(&mut self, now: Duration) {
        while let Some(&(gone_after, user)) = self.leaving.first().filter(|(gone_after, _)| *gone_after <= now) {
            self.leaving.remove(&(gone_after, user));
            self.gone(user);
        }
    }

    fn gone(&mut self, user: UserId) {
        if let Some(entry) = self.online.remove(&user) {
            self.changed.insert(user, entry.online.name);
            self.news.insert(user);
        }
    }

    /// Something else about a person changed that others may hear of.
    pub(crate) fn touch(&mut self, user: UserId) {
        if let Some(entry) = self.online.get(&user) {
            self.changed.insert(user, entry.online.name.clone());
        }
    }

    /// Those who came or went since this was asked last, each once, with their names.
    pub(crate) fn take_changed(&mut self) -> BTreeMap<UserId, Arc<str>> {
        std::mem::take(&mut self.changed)
    }

    /// Those of them who came or went, for another who asks; whatever else may be told of them is none.
    pub(crate) fn take_news(&mut self) -> BTreeSet<UserId> {
        std::mem::take(&mut self.news)
    }

    /// A person who is online.
    pub(crate) fn find(&self, user: UserId) -> Option<&Online> {
        self.online.get(&user).map(|entry| &entry.online)
    }

    /// Those who are online with numbers above `after`, by number.
    pub(crate) fn after(&self, after: UserId) -> impl Iterator<Item = (UserId, &Online)> {
        let behind = (std::ops::Bound::Excluded(after), std::ops::Bound::Unbounded);
        self.online.range(behind).map(|(user, entry)| (*user, &entry.online))
    }

    /// How many are online.
    pub(crate) fn len(&self) -> usize {
        self.online.len()
    }

    /// What is not on the disk yet of a person.
    pub(crate) fn unwritten(&self, user: UserId) -> Option<Mark> {
        self.marks.get(&user).or_else(|| self.writing.get(&user)).copied()
    }

    fn mark(&mut self, user: UserId, seen_at: Timestamp, is_online: bool) {
        self.marks.insert(user, Mark { seen_at, is_online });
    }

    /// Lets marks beyond the bound go; says how many. Those of people who are online are kept: they are what tells
    /// after a crash who was there.
    pub(crate) fn trim(&mut self) -> usize {
        let over = self.marks.len().saturating_sub(self.bounds.marks);
        let of_gone = self.marks.iter().filter(|(_, mark)| !mark.is_online);
        let let_go: Vec<UserId> = of_gone.map(|(user, _)| *user).take(over).collect();
        for user in &let_go {
            self.marks.remove(user);
        }
        let_go.len()
    }

    /// What has to be written, at most so many at a time. They count as unwritten until [`written`](Self::written).
    pub(crate) fn take_marks(&mut self, max: usize) -> Vec<(UserId, Mark)> {
        while self.writing.len() < max {
            let Some((user, mark)) = self.marks.pop_first() else {
                break;
            };
            self.writing.insert(user, mark);
        }
        self.writing.iter().map(|(user, mark)| (*user, *mark)).collect()
    }

    /// The marks taken last are on the disk, or are to be taken again.
    pub(crate) fn written(&mut self, is_done: bool) {
        let writing = std::mem::take(&mut self.writing);
        if !is_done {
            for (user, mark) in writing {
                // What came meanwhile is newer.
                self.marks.entry(user).or_insert(mark);
            }
        }
    }
}
