//! Who wants to hear of whom: watchers by connection, what each was told, and what each has yet to hear.
//!
//! Pure. A change costs as much as there are watchers of that person. A watcher who does not read keeps no queue: of each
//! person only that there is something to hear, and it hears what is so when it reads again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::booking::UserId;

/// The number of a connection.
pub(crate) type Watcher = u64;

/// How many.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Watchers altogether.
    pub(crate) watchers: usize,
    /// People that all of them name together.
    pub(crate) named: usize,
}

/// Which bound was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Full {
    /// There are as many watchers as may be.
    #[error("{0} clients watch people, which is the most")]
    Watchers(usize),
    /// They name as many people as may be.
    #[error("{0} people are watched altogether, which is the most")]
    Named(usize),
}

#[derive(Debug, Default)]
struct Named {
    /// Each person, and whether the watcher was told that they are online.
    told: BTreeMap<UserId, bool>,
    pending: BTreeSet<UserId>,
}

/// All watchers. Invariant: `of` names a watcher exactly where that watcher names the person; `log` and `place` have the
/// same people.
#[derive(Debug)]
pub(crate) struct Watches {
    bounds: Bounds,
    named: BTreeMap<Watcher, Named>,
    of: HashMap<UserId, BTreeSet<Watcher>>,
    pairs: usize,
    due: BTreeSet<Watcher>,
    /// Watchers of everybody, and up to which place of the log each has heard.
    all: BTreeMap<Watcher, u64>,
    /// People with their names by their last change, while somebody of `all` has yet to hear of it.
    log: BTreeMap<u64, (UserId, Arc<str>)>,
    place: HashMap<UserId, u64>,
    next: u64,
}

impl Watches {
    /// Nobody watches.
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            named: BTreeMap::new(),
            of: HashMap::new(),
            pairs: 0,
            due: BTreeSet::new(),
            all: BTreeMap::new(),
            log: BTreeMap::new(),
            place: HashMap::new(),
            next: 1,
        }
    }

    /// A client watches these people, whom it knows to be online or not; in the place of what it watched before.
    pub(crate) fn name(&mut self, watcher: Watcher, told: BTreeMap<UserId, bool>) -> Result<(), Full> {
        let before = self.named.get(&watcher).map_or(0, |named| named.told.len());
        self.room(watcher)?;
        if self.pairs - before + told.len() > self.bounds.named {
            return Err(Full::Named(self.bounds.named));
        }
        self.forget(watcher);
        self.pairs += told.len();
        for user in told.keys() {
            self.of.entry(*user).or_default().insert(watcher);
        }
        let pending = BTreeSet::new();
        self.named.insert(watcher, Named { told, pending });
        Ok(())
    }

    /// A client watches everybody, from now on; in the place of what it watched before.
    pub(crate) fn watch_all(&mut self, watcher: Watcher) -> Result<(), Full> {
        self.room(watcher)?;
        self.forget(watcher);
        self.all.insert(watcher, self.next - 1);
        Ok(())
    }

    fn room(&self, watcher: Watcher) -> Result<(), Full> {
        let is_new = !self.named.contains_key(&watcher) && !self.all.contains_key(&watcher);
        if is_new && self.len() >= self.bounds.watchers {
            return Err(Full::Watchers(self.bounds.watchers));
        }
        Ok(())
    }

    /// A client watches nobody any more; says whether it did.
    pub(crate) fn forget(&mut self, watcher: Watcher) -> bool {
        self.due.remove(&watcher);
        let was_one_of_all = self.all.remove(&watcher).is_some();
        if was_one_of_all {
            self.shorten();
        }
        let Some(named) = self.named.remove(&watcher) else {
            return was_one_of_all;
        };
        self.pairs -= named.told.len();
        for user in named.told.keys() {
            if let Some(watchers) = self.of.get_mut(user) {
                watchers.remove(&watcher);
                if watchers.is_empty() {
                    self.of.remove(user);
                }
            }
        }
        true
    }

    /// Something about a person is to be looked at by those who watch them.
    pub(crate) fn changed(&mut self, user: UserId, name: &Arc<str>) {
        if let Some(watchers) = self.of.get(&user) {
            for watcher in watchers {
                if let Some(named) = self.named.get_mut(watcher) {
                    named.pending.insert(user);
                    self.due.insert(*watcher);
                }
            }
        }
        if !self.all.is_empty() {
            if let Some(before) = self.place.insert(user, self.next) {
                self.log.remove(&before);
            }
            self.log.insert(self.next, (user, name.clone()));
            self.next += 1;
        }
    }

    /// All that a watcher was told to be online is to be looked at again: it may be so no longer, or not for it.
    pub(crate) fn doubt(&mut self, watcher: Watcher, is_online: impl Fn(UserId) -> bool) {
        if let Some(named) = self.named.get_mut(&watcher) {
            let doubtful = named.told.iter().filter(|(user, told)| **told || is_online(**user));
            named.pending.extend(doubtful.map(|(user, _)| *user));
            if !named.pending.is_empty() {
                self.due.insert(watcher);
            }
        }
    }

    /// Watchers of named people who have something to hear.
    pub(crate) fn due(&self) -> Vec<Watcher> {
        self.due.iter().copied().collect()
    }

    /// Whom a watcher has yet to hear of; it is no longer due.
    pub(crate) fn take_pending(&mut self, watcher: Watcher) -> BTreeSet<UserId> {
        self.due.remove(&watcher);
        let named = self.named.get_mut(&watcher);
        named
            .map(|named| std::mem::take(&mut named.pending))
            .unwrap_or_default()
    }

    /// A watcher could not be told of a person now.
    pub(crate) fn owe(&mut self, watcher: Watcher, user: UserId) {
        if let Some(named) = self.named.get_mut(&watcher) {
            named.pending.insert(user);
            self.due.insert(watcher);
        }
    }

    /// What is so for a watcher; says whether that is news to it.
    pub(crate) fn settle(&mut self, watcher: Watcher, user: UserId, is_online: bool) -> bool {
        let told = self.named.get_mut(&watcher).and_then(|named| named.told.get_mut(&user));
        told.is_some_and(|told| std::mem::replace(told, is_online) != is_online)
    }

    /// Watchers of everybody who have something to hear.
    pub(crate) fn behind(&self) -> Vec<Watcher> {
        let behind = self.all.iter().filter(|(_, heard)| **heard + 1 < self.next);
        behind.map(|(watcher, _)| *watcher).collect()
    }

    /// The next person that a watcher of everybody has yet to hear of, and the place to say that it has.
    pub(crate) fn next_of_all(&self, watcher: Watcher) -> Option<(u64, UserId, Arc<str>)> {
        let heard = self.all.get(&watcher)?;
        let next = self.log.range(heard + 1..).next();
        next.map(|(place, (user, name))| (*place, *user, name.clone()))
    }

    /// A watcher of everybody has heard up to this place, or all there is.
    pub(crate) fn heard(&mut self, watcher: Watcher, place: Option<u64>) {
        let last = self.next - 1;
        if let Some(heard) = self.all.get_mut(&watcher) {
            *heard = place.unwrap_or(last);
        }
    }

    /// Lets go of what everybody has heard.
    pub(crate) fn shorten(&mut self) {
        let heard_by_all = self.all.values().min().copied().unwrap_or(self.next);
        while let Some(first) = self.log.first_entry().filter(|first| *first.key() <= heard_by_all) {
            self.place.remove(&first.remove().0);
        }
    }

    /// Everybody who watches.
    pub(crate) fn watchers(&self) -> Vec<Watcher> {
        self.named.keys().chain(self.all.keys()).copied().collect()
    }

    /// How many watch.
    pub(crate) fn len(&self) -> usize {
        self.named.len() + self.all.len()
    }

    /// Changes that somebody has yet to hear of.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.log.len() + self.named.values().map(|named| named.pending.len()).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOUNDS: Bounds = Bounds { watchers: 3, named: 6 };

    fn told(users: &[i64]) -> BTreeMap<UserId, bool> {
        users.iter().map(|user| (UserId(*user), false)).collect()
    }

    /// What a watcher hears now, if these are online.
    fn hear(watches: &mut Watches, watcher: Watcher, online: &BTreeSet<i64>) -> Vec<(i64, bool)> {
        let mut heard = Vec::new();
        while let Some((place, user, _)) = watches.next_of_all(watcher) {
            heard.push((user.0, online.contains(&user.0)));
            watches.heard(watcher, Some(place));
        }
        watches.heard(watcher, None);
        watches.shorten();
        for user in watches.take_pending(watcher) {
            let is_online = online.contains(&user.0);
            if watches.settle(watcher, user, is_online) {
                heard.push((user.0, is_online));
            }
        }
        heard
    }

    #[test]
    fn a_watcher_hears_of_those_it_named_and_only_what_is_new() {
        let mut watches = Watches::new(BOUNDS);
        watches.name(1, told(&[10, 11])).unwrap();
        watches.name(2, told(&[11])).unwrap();
        watches.changed(UserId(11), &Arc::from("x"));
        watches.changed(UserId(12), &Arc::from("x"));
        assert_eq!(watches.due(), [1, 2]);
        let online = BTreeSet::from([11]);
        assert_eq!(hear(&mut watches, 1, &online), [(11, true)]);
        watches.changed(UserId(11), &Arc::from("x"));
        assert_eq!(hear(&mut watches, 1, &online), [], "it went and came meanwhile");
        assert_eq!(hear(&mut watches, 2, &online), [(11, true)]);
        assert_eq!(watches.waiting(), 0);
    }

    #[test]
    fn a_storm_over_few_people_leaves_no_more_than_those_few_to_hear_of() {
        let mut watches = Watches::new(BOUNDS);
        watches.watch_all(1).unwrap();
        watches.name(2, told(&[1, 2, 3])).unwrap();
        for _ in 0..1_000 {
            for user in 1..=5 {
                watches.changed(UserId(user), &Arc::from("x"));
            }
        }
        assert_eq!(watches.waiting(), 5 + 3);
        assert_eq!(hear(&mut watches, 1, &BTreeSet::new()).len(), 5);
        assert_eq!(watches.waiting(), 3);
        assert!(watches.behind().is_empty());
    }

    #[test]
    fn bounds_hold_and_who_watches_anew_takes_no_more_room() {
        let mut watches = Watches::new(BOUNDS);
        watches.name(1, told(&[1, 2, 3])).unwrap();
        watches.name(2, told(&[1, 2, 3])).unwrap();
        assert_eq!(watches.name(3, told(&[1])), Err(Full::Named(6)));
        watches.name(2, told(&[4, 5, 6])).unwrap();
        watches.watch_all(3).unwrap();
        assert_eq!(watches.watch_all(4), Err(Full::Watchers(3)));
        watches.watch_all(1).unwrap();
        watches.name(3, told(&[1, 2, 3])).unwrap();
        assert!(watches.forget(2) && !watches.forget(2));
        watches.watch_all(4).unwrap();
        for watcher in watches.watchers() {
            watches.forget(watcher);
        }
        assert!(watches.of.is_empty() && watches.place.is_empty() && watches.pairs == 0);
    }

    #[test]
    fn a_doubt_is_about_those_told_to_be_online_and_those_who_are() {
        let mut watches = Watches::new(BOUNDS);
        let known = BTreeMap::from([(UserId(1), true), (UserId(2), false), (UserId(3), false)]);
        watches.name(1, known).unwrap();
        watches.doubt(1, |user| user == UserId(3));
        assert_eq!(watches.take_pending(1), BTreeSet::from([UserId(1), UserId(3)]));
    }

    proptest! {
        /// Whoever hears everything in the end knows what is so, whatever came in between and whenever it listened.
        #[test]
        fn in_the_end_every_watcher_knows_what_is_so(steps in prop::collection::vec((0..4u8, 1..5i64), 1..200)) {
            let mut watches = Watches::new(BOUNDS);
            watches.watch_all(1).unwrap();
            watches.name(2, told(&[1, 2, 3])).unwrap();
            let (mut online, mut known) = (BTreeSet::new(), [BTreeSet::new(), BTreeSet::new()]);
            let listen = |watches: &mut Watches, watcher: usize, online: &BTreeSet<i64>, known: &mut [BTreeSet<i64>; 2]| {
                for (user, is_online) in hear(watches, u64::try_from(watcher).unwrap(), online) {
                    let known = &mut known[watcher - 1];
                    if is_online { known.insert(user) } else { known.remove(&user) };
                }
            };
            for (step, user) in steps {
                match step {
                    0 => { if online.insert(user) { watches.changed(UserId(user), &Arc::from("x")); } }
                    1 => { if online.remove(&user) { watches.changed(UserId(user), &Arc::from("x")); } }
                    step => listen(&mut watches, usize::from(step - 1), &online, &mut known),
                }
                prop_assert!(watches.waiting() <= 4 + 3);
            }
            listen(&mut watches, 1, &online, &mut known);
            listen(&mut watches, 2, &online, &mut known);
            prop_assert_eq!(&known[0], &online);
            let named: BTreeSet<i64> = online.into_iter().filter(|user| *user <= 3).collect();
            prop_assert_eq!(&known[1], &named);
        }
    }
}
