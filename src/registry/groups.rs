//! Groups that operators made, as permissions: each name has a place, for as long as the process lives.
//!
//! A set of permissions is one word, so there is room for a bounded number of names. A name keeps its place when its
//! group is removed and made again, so that no set that is still about means another group; until the process ends
//! nobody else gets it. What a group includes is in the store. Decides nothing about who may.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::runtime::intern::intern;

/// Names of groups besides the built-in ones that one process can tell apart.
pub const GROUPS_MAX: u32 = 20;

static PLACES: Mutex<Vec<Place>> = Mutex::new(Vec::new());

/// A name that was given a place, and whether its group still is.
#[derive(Debug, Clone, Copy)]
struct Place {
    group: Group,
    is_known: bool,
}

/// A group of the operators' own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group {
    name: &'static str,
    place: u32,
}

impl Group {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Below [`GROUPS_MAX`], and nobody else's.
    pub(crate) const fn place(self) -> u32 {
        self.place
    }
}

fn lock() -> MutexGuard<'static, Vec<Place>> {
    PLACES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The group of that name, given a place if it has none; `None` when there is no more room.
pub(crate) fn define(name: &str) -> Option<Group> {
    let mut places = lock();
    if let Some(place) = places.iter_mut().find(|place| place.group.name == name) {
        place.is_known = true;
        return Some(place.group);
    }
    let place = u32::try_from(places.len()).ok().filter(|place| *place < GROUPS_MAX)?;
    let group = Group {
        name: intern(name)?,
        place,
    };
    places.push(Place { group, is_known: true });
    Some(group)
}

/// The group of that name is no more; its place waits for it.
pub(crate) fn retire(name: &str) {
    if let Some(place) = lock().iter_mut().find(|place| place.group.name == name) {
        place.is_known = false;
    }
}

/// The group of that name, if there is one.
pub(crate) fn find(name: &str) -> Option<Group> {
    let places = lock();
    let mut known = places.iter().filter(|place| place.is_known);
    known.find(|place| place.group.name == name).map(|place| place.group)
}

/// Every group there is, by place.
pub(crate) fn known() -> Vec<Group> {
    let places = lock();
    let known = places.iter().filter(|place| place.is_known);
    known.map(|place| place.group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_that_is_no_more_is_found_no_more_and_keeps_its_place() {
        let group = define("come-and-go").unwrap();
        retire("come-and-go");
        assert_eq!(find("come-and-go"), None);
        assert!(!known().contains(&group));
        assert_eq!(define("come-and-go"), Some(group));
        assert_eq!(find("come-and-go"), Some(group));
    }
}
