//! Which subscription is looked at when, and who hears what came of it.
//!
//! Pure: time is what has passed since the book was opened, values are compared and never read. Subscribers of the
//! same thing share one source; a source is looked at by one look at a time, and at most once in `look`.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

/// The bounds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Shortest time between two looks at one source.
    pub(crate) look: Duration,
    /// Subscriptions of one client.
    pub(crate) per_client: usize,
    /// Subscriptions altogether.
    pub(crate) total: usize,
    /// Looks that run at the same time, in each lane.
    pub(crate) looks: usize,
}

/// When a subscriber hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// When the value is another one.
    OnChange,
    /// At each interval, changed or not.
    Every(Duration),
}

/// Who is looked at: looks at slow clients never hold up those at the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// The server itself.
    Server,
    /// A connected client.
    Client,
}

/// Why there is no further subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Full {
    /// For this client.
    #[error("you have {0} subscriptions, which is the most")]
    Client(usize),
    /// For anybody.
    #[error("the server has {0} subscriptions, which is the most")]
    Total(usize),
}

/// How a subscriber is at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stands<K> {
    /// As it was.
    Fine,
    /// It left, or may no longer know.
    Gone,
    /// It sees something else now.
    Elsewhere(K),
}

/// Those who hear, as the book sees them.
pub(crate) trait Subscribers<K> {
    /// How a subscriber of this source is now. After `Gone` it is not asked about again.
    fn stands(&mut self, subscription: u64, source: &K) -> Stands<K>;
    /// Tells the value of the look. `false`: it has not taken what came before, and will hear a later one.
    fn push(&mut self, subscription: u64) -> bool;
}

/// What a look found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found<V> {
    /// Told apart from the one before.
    pub(crate) value: V,
    /// Whether it is a failure, which is told once.
    pub(crate) is_error: bool,
}

#[derive(Debug)]
struct Source<K, V> {
    key: K,
    lane: Lane,
    members: Vec<u64>,
    found: Option<Found<V>>,
    /// Counts the different values; 0 before the first.
    version: u64,
    looked_at: Option<Duration>,
    is_looking: bool,
}

#[derive(Debug)]
struct Member {
    client: Arc<str>,
    source: u64,
    pace: Pace,
    /// The version it heard last; 0 for none.
    heard: u64,
    /// When it is to hear next, at a pace of its own.
    due: Duration,
}

/// All subscriptions. Invariant: every source has a member, and every member is in its source.
#[derive(Debug)]
pub(crate) struct Book<K, V> {
    bounds: Bounds,
    sources: BTreeMap<u64, Source<K, V>>,
    keys: HashMap<K, u64>,
    members: BTreeMap<u64, Member>,
    next_source: u64,
    looking: [usize; 2],
}

impl<K: Clone + Eq + Hash, V: PartialEq> Book<K, V> {
    /// Nobody has subscribed.
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            sources: BTreeMap::new(),
            keys: HashMap::new(),
            members: BTreeMap::new(),
            next_source: 1,
            looking: [0, 0],
        }
    }

    /// Subscriptions there are.
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether a client may have one more.
    pub(crate) fn room(&self, client: &str) -> Result<(), Full> {
        if self.members.len() >= self.bounds.total {
            return Err(Full::Total(self.bounds.total));
        }
        let own = self.members.values().filter(|member| *member.client == *client);
        if own.count() >= self.bounds.per_client {
            return Err(Full::Client(self.bounds.per_client));
        }
        Ok(())
    }

    /// Enters a subscription under a number not used before; it hears the present value first.
    pub(crate) fn add(&mut self, id: u64, client: Arc<str>, key: K, lane: Lane, pace: Pace, now: Duration) {
        let source = self.source(key, lane);
        let member = Member {
            client,
            source,
            pace,
            heard: 0,
            due: now,
        };
        self.members.insert(id, member);
        self.join(id, source);
    }

    /// Ends a subscription.
    pub(crate) fn remove(&mut self, id: u64) -> bool {
        let Some(member) = self.members.remove(&id) else {
            return false;
        };
        self.leave(id, member.source);
        true
    }

    /// When there is something to do next, if there is. What waits for room among the looks waits for a look's end.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        let idle = self.sources.values().filter(|source| !source.is_looking);
        idle.filter(|source| self.has_room(source.lane))
            .filter_map(|source| self.due_at(source))
            .min()
    }

    /// Begins the looks that are due, those that waited longest first: the source, and who it is looked at for.
    pub(crate) fn begin(&mut self, now: Duration, subscribers: &mut impl Subscribers<K>) -> Vec<(u64, u64)> {
        let mut due: Vec<(Duration, u64)> = self
            .sources
            .iter()
            .filter(|(_, source)| !source.is_looking)
            .filter_map(|(id, source)| Some((self.due_at(source).filter(|at| *at <= now)?, *id)))
            .collect();
        due.sort_unstable();
        let mut begun = Vec::new();
        for (_, id) in due {
            self.settle(id, now, subscribers);
            let Some(source) = self.sources.get(&id) else { continue };
            if !self.has_room(source.lane) {
                continue;
            }
            let Some(looker) = source.members.first().copied() else {
                continue;
            };
            let lane = source.lane;
            self.looking_in(lane, |count| count.saturating_add(1));
            if let Some(source) = self.sources.get_mut(&id) {
                source.is_looking = true;
                source.looked_at = Some(now);
            }
            begun.push((id, looker));
        }
        begun
    }

    /// A look has ended; `None` when what it found is nobody's. Tells those who are to hear of it.
    pub(crate) fn looked(
        &mut self,
        id: u64,
        lane: Lane,
        found: Option<Found<V>>,
        now: Duration,
        subscribers: &mut impl Subscribers<K>,
    ) {
        self.looking_in(lane, |count| count.saturating_sub(1));
        if let Some(source) = self.sources.get_mut(&id) {
            source.is_looking = false;
        }
        self.settle(id, now, subscribers);
        let (Some(found), Some(source)) = (found, self.sources.get_mut(&id)) else {
            return;
        };
        if source.found.as_ref() != Some(&found) {
            source.version = source.version.saturating_add(1);
        }
        let (is_error, version) = (found.is_error, source.version);
        source.found = Some(found);
        let began = source.looked_at.unwrap_or(now);
        for id in &source.members {
            if let Some(member) = self.members.get_mut(id) {
                member.hear(version, is_error, began, now, || subscribers.push(*id));
            }
        }
    }

    /// Looks at every subscriber: who left is forgotten.
    pub(crate) fn sweep(&mut self, now: Duration, subscribers: &mut impl Subscribers<K>) {
        let all: Vec<u64> = self.sources.keys().copied().collect();
        for id in all {
            self.settle(id, now, subscribers);
        }
    }

    /// The key of a source.
    pub(crate) fn key(&self, source: u64) -> Option<&K> {
        self.sources.get(&source).map(|source| &source.key)
    }

    fn settle(&mut self, id: u64, now: Duration, subscribers: &mut impl Subscribers<K>) {
        let Some(source) = self.sources.get(&id) else { return };
        let (key, lane, members) = (source.key.clone(), source.lane, source.members.clone());
        for member in members {
            match subscribers.stands(member, &key) {
                Stands::Fine => {}
                Stands::Gone => drop(self.remove(member)),
                Stands::Elsewhere(key) => self.move_to(member, key, lane, now),
            }
        }
    }

    fn move_to(&mut self, id: u64, key: K, lane: Lane, now: Duration) {
        let Some(old) = self.members.get(&id).map(|member| member.source) else {
            return;
        };
        let source = self.source(key, lane);
        if let Some(member) = self.members.get_mut(&id) {
            member.source = source;
            member.heard = 0;
            member.due = now;
        }
        self.join(id, source);
        self.leave(id, old);
    }

    fn source(&mut self, key: K, lane: Lane) -> u64 {
        if let Some(known) = self.keys.get(&key) {
            return *known;
        }
        let id = self.next_source;
        self.next_source = id.saturating_add(1);
        self.keys.insert(key.clone(), id);
        let source = Source {
            key,
            lane,
            members: Vec::new(),
            found: None,
            version: 0,
            looked_at: None,
            is_looking: false,
        };
        self.sources.insert(id, source);
        id
    }

    fn join(&mut self, id: u64, source: u64) {
        if let Some(source) = self.sources.get_mut(&source) {
            source.members.push(id);
        }
    }

    fn leave(&mut self, id: u64, source: u64) {
        let Some(left) = self.sources.get_mut(&source) else {
            return;
        };
        left.members.retain(|member| *member != id);
        if left.members.is_empty()
            && let Some(left) = self.sources.remove(&source)
        {
            self.keys.remove(&left.key);
        }
    }

    /// When a source is to be looked at: as soon as anybody waits, and not before its time.
    fn due_at(&self, source: &Source<K, V>) -> Option<Duration> {
        let not_before = source
            .looked_at
            .map_or(Duration::ZERO, |at| at.saturating_add(self.bounds.look));
        let members = source.members.iter().filter_map(|id| self.members.get(id));
        let wanted = members.map(Member::wanted_at).min()?;
        Some(wanted.max(not_before))
    }

    fn has_room(&self, lane: Lane) -> bool {
        let [server, client] = self.looking;
        let looking = match lane {
            Lane::Server => server,
            Lane::Client => client,
        };
        looking < self.bounds.looks
    }

    fn looking_in(&mut self, lane: Lane, change: impl Fn(usize) -> usize) {
        let [server, client] = &mut self.looking;
        let looking = match lane {
            Lane::Server => server,
            Lane::Client => client,
        };
        *looking = change(*looking);
    }
}

impl Member {
    fn wanted_at(&self) -> Duration {
        match self.pace {
            Pace::OnChange => Duration::ZERO,
            Pace::Every(_) => self.due,
        }
    }

    /// Hears what a look found that began at `began`, if it is its turn.
    fn hear(&mut self, version: u64, is_error: bool, began: Duration, now: Duration, push: impl FnOnce() -> bool) {
        let is_news = self.heard != version;
        match self.pace {
            Pace::OnChange => {
                if is_news && push() {
                    self.heard = version;
                }
            }
            Pace::Every(_) if self.due > began => {}
            Pace::Every(every) => {
                // The same failure is told once, whatever the pace.
                if (is_error && !is_news) || push() {
                    self.heard = version;
                    let next = self.due.saturating_add(every);
                    // What came late is not made up for: one push an interval.
                    self.due = if next > now { next } else { now.saturating_add(every) };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
