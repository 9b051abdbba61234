//! Who hears, without watching anybody, that somebody whom they may see came or went: clients of the first system, which
//! fetch what they show anew at each such word.
//!
//! The word says nothing, so one a look is enough, however many came and went. It is not kept, and who does not read is
//! passed over.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::booking::UserId;
use crate::house::House;
use crate::place::rules::world::World;
use crate::registry::peer::Peer;
use crate::wire::{Event, Frame, Value};

/// The name of the event; its client is not told what is in it.
const NAME: &str = "presence";

/// Pairs of one who hears and one who came or went that are looked at in one look: some milliseconds. The rest is looked at in
/// the next ones.
const PAIRS_MAX: usize = 100_000;

/// Those who hear, and of whom.
#[derive(Default)]
pub(crate) struct Glimpses(Mutex<State>);

#[derive(Default)]
struct State {
    /// By connection; there are no more than connections.
    hearers: HashMap<u64, (UserId, Peer)>,
    /// Who came or went and was not told of yet; there are no more than people.
    untold: BTreeSet<UserId>,
}

impl Glimpses {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A client of this person hears from now on, as long as it is connected.
    pub(crate) fn add(&self, user: UserId, peer: Peer) {
        self.lock().hearers.insert(peer.connection, (user, peer));
    }

    /// Those who are still there, and whom they are to hear of now.
    fn turn(&self, news: BTreeSet<UserId>) -> (Vec<(UserId, Peer)>, BTreeSet<UserId>) {
        let mut state = self.lock();
        state.untold.extend(news);
        if state.untold.is_empty() {
            return (Vec::new(), BTreeSet::new());
        }
        state.hearers.retain(|_, (_, peer)| peer.outbox().closed().is_none());
        let hearers: Vec<(UserId, Peer)> = state.hearers.values().cloned().collect();
        let many = PAIRS_MAX.checked_div(hearers.len()).unwrap_or(usize::MAX).max(1);
        (hearers, first(&mut state.untold, many))
    }
}

/// Takes so many from the front.
fn first(untold: &mut BTreeSet<UserId>, many: usize) -> BTreeSet<UserId> {
    let rest = untold.iter().nth(many).copied();
    let rest = rest.map(|first_left| untold.split_off(&first_left));
    std::mem::replace(untold, rest.unwrap_or_default())
}

/// Tells everybody whom it concerns that these came or went.
pub(super) fn tell(house: &House, news: BTreeSet<UserId>) {
    let (hearers, users) = house.glimpses.turn(news);
    if hearers.is_empty() {
        return;
    }
    let now = house.clock.now();
    let concerned: Vec<Peer> = {
        let world = house.places.read();
        let concerned = hearers
            .into_iter()
            .filter(|(user, _)| sees_any(&world, *user, &users, now));
        concerned.map(|(_, peer)| peer).collect()
    };
    let word = Frame::Event(Event {
        epoch: house.events.epoch().to_owned(),
        seq: 0,
        name: NAME.to_owned(),
        data: Value::Null,
    });
    for peer in concerned {
        let is_behind = peer.outbox().is_over_soft_limit();
        house.places.meters().movement_told(!is_behind);
        if !is_behind {
            // A peer that is gone needs no word.
            drop(peer.push(&word));
        }
    }
}

/// Whether one may see any of these but themselves.
fn sees_any(world: &World, viewer: UserId, users: &BTreeSet<UserId>, now: Timestamp) -> bool {
    let mut others = users.iter().filter(|user| **user != viewer);
    others.any(|user| world.may_see(viewer, *user, now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_a_look_has_time_for_are_told_of_in_the_next_ones() {
        let people = |numbers: std::ops::Range<i64>| numbers.map(UserId).collect::<BTreeSet<_>>();
        let mut untold = people(0..10);
        assert_eq!(first(&mut untold, 4), people(0..4));
        assert_eq!(first(&mut untold, 4), people(4..8));
        assert_eq!(first(&mut untold, 4), people(8..10));
        assert_eq!((first(&mut untold, 4), untold), (people(0..0), people(0..0)));
    }

    #[test]
    fn nobody_is_kept_for_nobody() {
        let glimpses = Glimpses::default();
        let (hearers, users) = glimpses.turn((0..1_000).map(UserId).collect());
        assert!(hearers.is_empty() && users.len() == 1_000);
        assert!(glimpses.turn(BTreeSet::new()).1.is_empty());
    }
}
