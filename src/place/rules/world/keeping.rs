//! What the store and others must hear of, until it is fetched, and buildings that change.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Full, World};
use crate::booking::UserId;
use crate::place::rules::building::Building;
use crate::place::rules::buildings::Buildings;
use crate::place::rules::person::{Movement, StoredFix};

impl World {
    /// The movements that wait, oldest first.
    pub(crate) fn take_movements(&mut self, most: usize) -> Vec<Movement> {
        let count = self.movements.len().min(most);
        self.movements.drain(..count).collect()
    }

    /// The store did not take them: they come first at the next time.
    pub(crate) fn give_back_movements(&mut self, movements: Vec<Arc<Movement>>) {
        let older = movements.into_iter().map(Arc::unwrap_or_clone);
        self.movements.splice(..0, older);
    }

    /// Positions that the store does not have yet, at most so many.
    pub(crate) fn take_unwritten(&mut self, most: usize) -> Vec<StoredFix> {
        let from = self.unwritten.len().saturating_sub(most);
        let numbers: Vec<usize> = self.unwritten.drain(from..).collect();
        let mut taken = Vec::with_capacity(numbers.len());
        for number in numbers {
            if let Some(person) = self.people.get_mut(number) {
                person.is_unwritten = false;
                taken.extend(person.fix.map(|fix| StoredFix {
                    user: person.user,
                    fix,
                    building: person.building.clone(),
                }));
            }
        }
        taken
    }

    /// The store did not take them: they are to be written again, unless something newer is.
    pub(crate) fn give_back(&mut self, users: impl Iterator<Item = UserId>) {
        for user in users {
            if let Some(number) = self.numbers.get(&user).copied() {
                self.note_unwritten(number);
            }
        }
    }

    /// People known, people whose position waits to be written, movements that wait.
    pub(crate) fn counts(&self) -> (usize, usize, usize) {
        (self.people.len(), self.unwritten.len(), self.movements.len())
    }

    /// Looks again at the building of people with these numbers; gives the number to go on with, `None` at the end.
    pub(crate) fn look_again(&mut self, from: usize, many: usize, now: Timestamp) -> Result<Option<usize>, Full> {
        let to = from.saturating_add(many).min(self.people.len());
        for number in from..to {
            let Some(fix) = self.people.get(number).and_then(|person| person.fix) else {
                continue;
            };
            self.room_for_a_movement()?;
            let id = self.buildings.at(fix.position).map(|building| building.id.clone());
            let left = self.shown_now(number, now);
            if self.enters(number, id, left, now) {
                self.note_unwritten(number);
            }
        }
        Ok((to < self.people.len()).then_some(to))
    }

    /// Puts a building on the map; who is in it is to be looked at again.
    pub(crate) fn put_building(&mut self, building: Arc<Building>) -> Option<Arc<Building>> {
        self.buildings.put(building)
    }

    /// Takes a building off the map; who was in it is to be looked at again.
    pub(crate) fn remove_building(&mut self, id: &str) -> Option<Arc<Building>> {
        self.buildings.remove(id)
    }

    /// The buildings.
    pub(crate) fn buildings(&self) -> &Buildings {
        &self.buildings
    }
}
