//! Who hears what is said to a place, and of whom the one who says it may know.
//!
//! A building is heard by everybody in it, also by who hides: hearing shows nobody. A range is the view of the one who speaks,
//! who could put a small one anywhere and wait for an answer: it is heard by those alone whom that one may see.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::World;
use super::seeing::{Near, above};
use crate::booking::UserId;
use crate::place::rules::index::Cursor;

/// Those who hear something, so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Audience {
    /// Who hears it; never the one who speaks, nor somebody who blocks them or is blocked.
    pub(crate) people: BTreeSet<UserId>,
    /// Of those, whom the one who speaks may see: of no others may they know the number.
    pub(crate) seen: BTreeSet<UserId>,
}

impl World {
    /// Adds a page of those in a building, by id behind `after`; gives where to go on.
    pub(crate) fn hear_in(
        &self,
        audience: &mut Audience,
        (speaker, building): (UserId, &str),
        (after, page): (UserId, usize),
        now: Timestamp,
    ) -> Option<UserId> {
        let looking = self.viewer(speaker);
        let members = self.members.get(building);
        let (mut last, mut looked) = (None, 0);
        for user in members
            .into_iter()
            .flat_map(|members| members.range(above(after)..))
            .take(page)
        {
            (last, looked) = (Some(*user), looked + 1);
            if *user == speaker || self.is_blocked(speaker, *user) {
                continue;
            }
            audience.people.insert(*user);
            if self.person(*user).is_some_and(|person| self.sees(looking, person, now)) {
                audience.seen.insert(*user);
            }
        }
        last.filter(|_| looked >= page)
    }

    /// Adds a page of those within so many metres of the one who speaks; gives where to go on.
    pub(crate) fn hear_around(
        &self,
        audience: &mut Audience,
        (speaker, radius_m): (UserId, f64),
        (after, page): (Option<Cursor>, usize),
        now: Timestamp,
    ) -> Option<Cursor> {
        let ask = Near {
            from: None,
            radius_m: Some(radius_m),
            after,
            page,
        };
        let people = self.near(speaker, &ask, |_| true, now);
        for seen in people.seen {
            audience.people.insert(seen.user);
            audience.seen.insert(seen.user);
        }
        people.next
    }
}
