//! What each may know of the others: who is near, who is here, who was seen to go.

use std::collections::BTreeSet;

use super::World;
use crate::booking::UserId;
use crate::place::Position;
use crate::place::rules::earth::Point;
use crate::place::rules::index::{Cursor, Search};
use crate::place::rules::person::{Movement, Person, Seen};
use crate::place::rules::visibility::Relation;
use jiff::Timestamp;

/// People looked at for one page of who is near: some tenths of a millisecond.
pub(crate) const LOOKS_MAX: usize = 10_000;

/// People of one building who may hear of one movement.
const WITNESSES_MAX: usize = 10_000;

/// Somebody who is to hear of a movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Witness {
    pub(crate) viewer: UserId,
    /// They saw the building that was left.
    pub(crate) saw_leave: bool,
    /// They see the building that was entered.
    pub(crate) sees: bool,
}

/// Somebody who looks, found once for all whom they look at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Viewer<'a> {
    user: UserId,
    own: Option<&'a Person>,
    point: Option<Point>,
}

/// A page of people.
#[derive(Debug, Default)]
pub(crate) struct People<C> {
    pub(crate) seen: Vec<Seen>,
    /// Where to go on; `None` when there is no more.
    pub(crate) next: Option<C>,
}

/// Whom somebody asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Near {
    /// From here; `None`: from where the one who asks is.
    pub(crate) from: Option<Point>,
    /// `None`: the own range.
    pub(crate) radius_m: Option<f64>,
    pub(crate) after: Option<Cursor>,
    pub(crate) page: usize,
}

impl World {
    /// Whether one may see another now. Everybody sees themselves.
    pub(crate) fn may_see(&self, viewer: UserId, seen: UserId, now: Timestamp) -> bool {
        let person = self.person(seen);
        viewer == seen || person.is_some_and(|person| self.sees(self.viewer(viewer), person, now))
    }

    /// Those near whom somebody may see and who are `wanted`, nearest first; never themselves.
    pub(crate) fn near(
        &self,
        viewer: UserId,
        ask: &Near,
        wanted: impl Fn(UserId) -> bool,
        now: Timestamp,
    ) -> People<Cursor> {
        let looking = self.viewer(viewer);
        let Some(from) = ask.from.or(looking.point) else {
            return People {
                seen: Vec::new(),
                next: None,
            };
        };
        let search = Search {
            from,
            radius_m: ask.radius_m.unwrap_or_else(|| self.range_of(viewer)),
            after: ask.after,
            page: ask.page,
            looks_max: LOOKS_MAX,
        };
        // The index has them where they are shown to be.
        let page = self.index.nearest(&search, |number, shown| {
            let person = self.people.get(number);
            person.is_some_and(|person| self.sees_at(looking, person, Some(shown), now) && wanted(person.user))
        });
        let seen = page.found.iter().filter_map(|found| {
            let person = self.people.get(found.number)?;
            self.seen(person, found.distance_m, now)
        });
        People {
            seen: seen.collect(),
            next: page.next,
        }
    }

    /// Those in somebody's building whom they may see and who are `wanted`, by id.
    pub(crate) fn here(
        &self,
        viewer: UserId,
        after: UserId,
        page: usize,
        wanted: impl Fn(UserId) -> bool,
        now: Timestamp,
    ) -> People<UserId> {
        let looking = self.viewer(viewer);
        let from = looking.point;
        let members = looking
            .own
            .and_then(|own| own.building.as_ref())
            .and_then(|building| self.members.get(building));
        let (mut seen, mut next, mut looks) = (Vec::new(), None, 0_usize);
        for user in members.into_iter().flat_map(|members| members.range(above(after)..)) {
            if seen.len() >= page || looks >= LOOKS_MAX {
                break;
            }
            looks = looks.saturating_add(1);
            next = Some(*user);
            let is_seen = |person: &&Person| self.sees(looking, person, now) && wanted(person.user);
            let Some(person) = self.person(*user).filter(is_seen) else {
                continue;
            };
            let apart = from.zip(self.shown(person, now));
            let distance_m = apart.map_or(0.0, |(from, shown)| from.metres_to(Point::of(shown)));
            seen.extend(self.seen(person, distance_m, now));
        }
        let is_cut = seen.len() >= page || looks >= LOOKS_MAX;
        People {
            seen,
            next: next.filter(|_| is_cut),
        }
    }

    /// Everybody in a building, whoever may see them, by id.
    pub(crate) fn members(&self, building: &str, after: UserId, page: usize) -> Vec<&Person> {
        let members = self.members.get(building);
        let behind = members.into_iter().flat_map(|members| members.range(above(after)..));
        behind.filter_map(|user| self.person(*user)).take(page).collect()
    }

    /// Those who are to hear of a movement, and of which side: the one who moved of both, others of what they see.
    pub(crate) fn witnesses(&self, movement: &Movement, now: Timestamp) -> Vec<Witness> {
        let Some(seen) = self.person(movement.user) else {
            return Vec::new();
        };
        let mut viewers = BTreeSet::from([movement.user]);
        for building in [&movement.from, &movement.to].into_iter().flatten() {
            viewers.extend(self.members.get(building).into_iter().flatten().take(WITNESSES_MAX));
        }
        viewers.extend(&seen.choice(now, &self.standards.choice).named);
        let witness = |viewer: UserId| {
            let is_own = viewer == movement.user;
            Witness {
                viewer,
                saw_leave: movement.from.is_some() && (is_own || self.saw_leave(viewer, movement, now)),
                sees: movement.to.is_some() && (is_own || self.may_see(viewer, movement.user, now)),
            }
        };
        let witnesses = viewers.into_iter().map(witness);
        witnesses.filter(|witness| witness.saw_leave || witness.sees).collect()
    }

    /// Whether one saw another before they moved on.
    fn saw_leave(&self, viewer: UserId, movement: &Movement, now: Timestamp) -> bool {
        let viewer = self.viewer(viewer);
        let (Some(own), Some(seen)) = (viewer.own, self.person(movement.user)) else {
            return false;
        };
        let left = movement.left.map(Point::of);
        let is_same_building = movement.from.is_some() && own.building == movement.from;
        let relation = self.relation(viewer, seen, left, is_same_building);
        seen.choice(now, &self.standards.choice).lets_see(&relation)
    }

    pub(super) fn viewer(&self, user: UserId) -> Viewer<'_> {
        let own = self.person(user);
        Viewer {
            user,
            own,
            point: own.and_then(Person::point),
        }
    }

    pub(super) fn sees(&self, viewer: Viewer<'_>, seen: &Person, now: Timestamp) -> bool {
        self.sees_at(viewer, seen, self.shown(seen, now).map(Point::of), now)
    }

    /// Whether one sees another, who is shown to be there.
    fn sees_at(&self, viewer: Viewer<'_>, seen: &Person, shown: Option<Point>, now: Timestamp) -> bool {
        if viewer.user == seen.user || seen.fix.is_none() {
            return false;
        }
        let choice = seen.choice(now, &self.standards.choice);
        // A choice that has just ended is not shown with the blur of another.
        if choice.blur_m != seen.indexed_blur_m {
            return false;
        }
        let is_same_building = seen.building.is_some() && viewer.own.is_some_and(|own| own.building == seen.building);
        choice.lets_see(&self.relation(viewer, seen, shown, is_same_building))
    }

    fn relation(&self, viewer: Viewer<'_>, seen: &Person, shown: Option<Point>, is_same_building: bool) -> Relation {
        let apart = viewer.point.zip(shown);
        Relation {
            viewer: viewer.user,
            is_same_building,
            apart_m: apart.map(|(own, shown)| own.metres_to(shown)),
            range_m: seen.range_m.unwrap_or(self.standards.range_m),
            is_blocked: self.is_blocked(viewer.user, seen.user),
        }
    }

    pub(super) fn is_blocked(&self, one: UserId, other: UserId) -> bool {
        let blocks = &self.blocks;
        !blocks.is_empty() && (blocks.contains(&(one, other)) || blocks.contains(&(other, one)))
    }

    /// What is shown of where somebody is.
    fn shown(&self, person: &Person, now: Timestamp) -> Option<Position> {
        let choice = person.choice(now, &self.standards.choice);
        person.fix.map(|fix| choice.shown(fix.position))
    }

    pub(super) fn shown_now(&self, number: usize, now: Timestamp) -> Option<Position> {
        self.people.get(number).and_then(|person| self.shown(person, now))
    }

    fn seen(&self, person: &Person, distance_m: f64, now: Timestamp) -> Option<Seen> {
        Some(Seen {
            user: person.user,
            name: person.name.clone(),
            position: self.shown(person, now)?,
            distance_m,
            blur_m: person.indexed_blur_m,
            at: person.fix?.at,
        })
    }
}

/// The first id behind this one.
pub(super) fn above(after: UserId) -> UserId {
    UserId(after.0.saturating_add(1))
}
