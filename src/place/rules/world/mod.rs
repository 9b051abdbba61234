//! Everybody on the map: who is where, in which building, and what each may know of the others.
//!
//! One step at a time, without waiting. What the store and others must hear of is collected here, up to a bound, until
//! somebody fetches it.

mod hearing;
mod keeping;
mod seeing;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use smol_str::SmolStr;

use super::building::Building;
use super::buildings::Buildings;
use super::cars::Cars;
use super::index::Index;
use super::person::{Fix, Movement, Person};
use super::visibility::{Choice, Visibility};
use crate::booking::UserId;
use crate::place::Position;

pub(crate) use self::hearing::Audience;
pub(crate) use self::seeing::{LOOKS_MAX, Near, People, Witness};

/// What the house decides for everybody.
#[derive(Debug, Clone)]
pub(crate) struct Standards {
    /// Who sees people that never chose.
    pub(crate) choice: Choice,
    /// The range of people that never said another.
    pub(crate) range_m: f64,
    /// People with a position or a choice.
    pub(crate) people_max: usize,
    /// Movements that wait to be fetched.
    pub(crate) movements_max: usize,
}

/// Why somebody's position is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Full {
    /// No room for one person more.
    #[error("positions of {0} people are kept, which is the most")]
    People(usize),
    /// What was noted before is not written yet.
    #[error("{0} movements wait to be written, which is the most; try again")]
    Movements(usize),
}

/// Owns the map. Invariant: `members` are those whose `building` is that one; the index has everybody with a position whose
/// choice lets anybody see them.
#[derive(Debug)]
pub(crate) struct World {
    standards: Standards,
    people: Vec<Person>,
    numbers: HashMap<UserId, usize>,
    index: Index,
    buildings: Buildings,
    members: HashMap<Arc<str>, BTreeSet<UserId>>,
    /// Who blocks whom: neither sees the other.
    blocks: HashSet<(UserId, UserId)>,
    /// When choices for a while end.
    ends: BTreeSet<(Timestamp, usize)>,
    movements: Vec<Movement>,
    unwritten: Vec<usize>,
    /// Cars beside the people.
    pub(crate) cars: Cars,
}

impl World {
    /// An empty map.
    pub(crate) fn new(standards: Standards) -> Self {
        Self {
            standards,
            people: Vec::new(),
            numbers: HashMap::new(),
            index: Index::default(),
            buildings: Buildings::default(),
            members: HashMap::new(),
            blocks: HashSet::new(),
            ends: BTreeSet::new(),
            movements: Vec::new(),
            unwritten: Vec::new(),
            cars: Cars::default(),
        }
    }

    /// Takes somebody over as they were stored; whoever is known already stays as they are.
    pub(crate) fn load(&mut self, person: Person, now: Timestamp) -> Result<(), Full> {
        if self.numbers.contains_key(&person.user) {
            return Ok(());
        }
        let number = self.number(person.user, &person.name)?;
        let building = person.building.clone();
        if let Some(place) = self.people.get_mut(number) {
            *place = Person {
                building: None,
                ..person
            };
        }
        self.goes_to(number, building);
        self.note_end(number);
        self.show(number, now);
        Ok(())
    }

    /// Somebody says where they are; gives their building.
    pub(crate) fn say(&mut self, user: UserId, name: &str, fix: Fix) -> Result<Option<Arc<Building>>, Full> {
        self.room_for_a_movement()?;
        let number = self.number(user, &name.into())?;
        let building = self.buildings.at(fix.position).cloned();
        let id = building.as_ref().map(|building| building.id.clone());
        let left = self.shown_now(number, fix.at);
        if let Some(person) = self.people.get_mut(number) {
            person.fix = Some(fix);
        }
        self.enters(number, id, left, fix.at);
        self.note_unwritten(number);
        self.show(number, fix.at);
        Ok(building)
    }

    /// What was decided about somebody's settings, unless something later is known already.
    pub(crate) fn settle(
        &mut self,
        (user, name): (UserId, &str),
        change: u64,
        visibility: Visibility,
        range_m: Option<f64>,
        now: Timestamp,
    ) -> Result<(), Full> {
        let number = self.number(user, &name.into())?;
        if let Some(person) = self.people.get_mut(number).filter(|person| person.settings < change) {
            person.settings = change;
            person.range_m = range_m;
            person.visibility = (visibility != Visibility::default()).then(|| Box::new(visibility));
            self.note_end(number);
            self.show(number, now);
        }
        Ok(())
    }

    /// Forgets somebody for good.
    pub(crate) fn forget(&mut self, user: UserId) {
        let Some(number) = self.numbers.get(&user).copied() else {
            return;
        };
        self.goes_to(number, None);
        self.index.remove(number);
        self.movements.retain(|movement| movement.user != user);
        if let Some(person) = self.people.get_mut(number) {
            *person = Person {
                settings: person.settings,
                ..Person::new(user, person.name.clone())
            };
        }
    }

    /// Somebody blocks another, or no longer: while either does, neither sees the other.
    pub(crate) fn set_blocked(&mut self, by: UserId, blocked: UserId, is_blocked: bool) {
        if is_blocked {
            self.blocks.insert((by, blocked));
        } else {
            self.blocks.remove(&(by, blocked));
        }
    }

    /// Choices whose time is over give way; says how many.
    pub(crate) fn expire(&mut self, now: Timestamp) -> usize {
        let mut ended: usize = 0;
        while let Some((until, number)) = self.ends.first().copied().filter(|(until, _)| *until <= now) {
            self.ends.remove(&(until, number));
            self.show(number, now);
            ended = ended.saturating_add(1);
        }
        ended
    }

    /// The person of that account, if anything is known of them.
    pub(crate) fn person(&self, user: UserId) -> Option<&Person> {
        self.people.get(*self.numbers.get(&user)?)
    }

    /// The range of somebody.
    pub(crate) fn range_of(&self, user: UserId) -> f64 {
        let own = self.person(user).and_then(|person| person.range_m);
        own.unwrap_or(self.standards.range_m)
    }

    /// What the house decides for everybody.
    pub(crate) fn standards(&self) -> &Standards {
        &self.standards
    }

    /// The number of somebody, given when they are new.
    fn number(&mut self, user: UserId, name: &SmolStr) -> Result<usize, Full> {
        if let Some(number) = self.numbers.get(&user) {
            return Ok(*number);
        }
        let number = self.people.len();
        if number >= self.standards.people_max {
            return Err(Full::People(self.standards.people_max));
        }
        self.people.push(Person::new(user, name.clone()));
        self.numbers.insert(user, number);
        Ok(number)
    }

    fn room_for_a_movement(&self) -> Result<(), Full> {
        let most = self.standards.movements_max;
        if self.movements.len() >= most {
            return Err(Full::Movements(most));
        }
        Ok(())
    }

    /// Brings the index up to what somebody lets others see.
    fn show(&mut self, number: usize, now: Timestamp) {
        let Some(person) = self.people.get_mut(number) else {
            return;
        };
        let choice = person.choice(now, &self.standards.choice);
        let (hides, blur_m) = (choice.hides(), choice.blur_m);
        let shown = person.fix.filter(|_| !hides).map(|fix| choice.shown(fix.position));
        person.indexed_blur_m = blur_m;
        match shown {
            Some(shown) => self.index.put(number, shown),
            None => self.index.remove(number),
        }
    }

    /// Somebody is in this building now; notes it when it is another one, and says whether it was.
    fn enters(&mut self, number: usize, to: Option<Arc<str>>, left: Option<Position>, at: Timestamp) -> bool {
        let Some(person) = self.people.get(number).filter(|person| person.building != to) else {
            return false;
        };
        self.movements.push(Movement {
            user: person.user,
            name: person.name.as_str().into(),
            from: person.building.clone(),
            to: to.clone(),
            at,
            left,
        });
        self.goes_to(number, to);
        true
    }

    fn goes_to(&mut self, number: usize, to: Option<Arc<str>>) {
        let Some(person) = self.people.get_mut(number) else {
            return;
        };
        let user = person.user;
        let from = std::mem::replace(&mut person.building, to.clone());
        if let Some(from) = from
            && let Some(members) = self.members.get_mut(&from)
        {
            members.remove(&user);
            if members.is_empty() {
                self.members.remove(&from);
            }
        }
        if let Some(to) = to {
            self.members.entry(to).or_default().insert(user);
        }
    }

    fn note_unwritten(&mut self, number: usize) {
        if let Some(person) = self.people.get_mut(number).filter(|person| !person.is_unwritten) {
            person.is_unwritten = true;
            self.unwritten.push(number);
        }
    }

    fn note_end(&mut self, number: usize) {
        let passing = self.people.get(number).and_then(|person| person.visibility.as_deref());
        if let Some((until, _)) = passing.and_then(|chosen| chosen.passing.as_ref()) {
            self.ends.insert((*until, number));
        }
    }
}

#[cfg(test)]
mod tests;
