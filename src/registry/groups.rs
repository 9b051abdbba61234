//! Groups that operators made, as permissions: each name has a place, for as long as the process lives.
//!
//! A set of permissions is one word, so there is room for a bounded number of names. A name keeps its place when its
//! group is removed and made again; what a group includes is in the store. Decides nothing about who may.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::runtime::intern::intern;

/// Names of groups besides the built-in ones that one process can tell apart.
pub const GROUPS_MAX: u32 = 20;

static NAMES: Mutex<Vec<Group>> = Mutex::new(Vec::new());

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

fn lock() -> MutexGuard<'static, Vec<Group>> {
    NAMES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The group of that name, given a place if it has none; `None` when there is no more room.
pub(crate) fn define(name: &str) -> Option<Group> {
    let mut groups = lock();
    if let Some(known) = groups.iter().find(|group| group.name == name) {
        return Some(*known);
    }
    let place = u32::try_from(groups.len()).ok().filter(|place| *place < GROUPS_MAX)?;
    let group = Group {
        name: intern(name)?,
        place,
    };
    groups.push(group);
    Some(group)
}

/// The group of that name, if it has a place.
pub(crate) fn find(name: &str) -> Option<Group> {
    lock().iter().find(|group| group.name == name).copied()
}

/// Every group that has a place, by place.
pub(crate) fn known() -> Vec<Group> {
    lock().clone()
}
