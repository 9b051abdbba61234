//! The sessions of people who are there, by person.
//!
//! A session that ended stays until its place is saved; the sweep takes it out. Nothing waits under the lock.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::account::UserId;
use crate::registry::Standing;
use crate::registry::peer::Peer;

/// One session.
#[derive(Debug, Clone)]
pub(super) struct Route {
    /// What it is; its window is there.
    pub(super) standing: Arc<Standing>,
    /// How to reach it.
    pub(super) peer: Peer,
}

/// All of them. Bounded by the connections there may be.
#[derive(Debug, Default)]
pub(super) struct Routes(Mutex<HashMap<UserId, Vec<Route>>>);

impl Routes {
    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, Vec<Route>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session is there; gives the one of the same client before it.
    pub(super) fn enter(&self, user: UserId, standing: &Arc<Standing>, peer: &Peer) -> Option<Route> {
        let mut routes = self.lock();
        let theirs = routes.entry(user).or_default();
        let is_same = |route: &Route| route.standing.client_id == standing.client_id;
        let before = theirs.iter().position(is_same).map(|at| theirs.swap_remove(at));
        theirs.push(Route {
            standing: Arc::clone(standing),
            peer: peer.clone(),
        });
        before
    }

    /// A session ended.
    pub(super) fn leave(&self, user: UserId, gone: &Route) {
        let mut routes = self.lock();
        let Some(theirs) = routes.get_mut(&user) else { return };
        theirs.retain(|route| route.peer.connection != gone.peer.connection);
        if theirs.is_empty() {
            routes.remove(&user);
        }
    }

    /// The sessions of these people, or of everybody.
    pub(super) fn of(&self, people: Option<&[UserId]>) -> Vec<Route> {
        let routes = self.lock();
        match people {
            Some(people) => {
                let theirs = people.iter().filter_map(|user| routes.get(user));
                theirs.flatten().cloned().collect()
            }
            None => routes.values().flatten().cloned().collect(),
        }
    }

    /// Every session with its person.
    pub(super) fn all(&self) -> Vec<(UserId, Route)> {
        let routes = self.lock();
        let each = routes
            .iter()
            .flat_map(|(user, theirs)| theirs.iter().map(|route| (*user, route.clone())));
        each.collect()
    }

    /// How many sessions.
    pub(super) fn count(&self) -> usize {
        self.lock().values().map(Vec::len).sum()
    }
}
