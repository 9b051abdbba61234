//! Figures of places: positions, movements, what waits for the store.

use std::fmt;

use ::metrics::{Counter, Gauge, counter, gauge};

use super::{install, names};

/// Figures of the map.
#[derive(Clone)]
pub struct PlaceMeters {
    people: Gauge,
    taken: Counter,
    refused: Counter,
    unwritten: Gauge,
    written: Counter,
    movements: Counter,
    waiting: Gauge,
}

impl PlaceMeters {
    /// The handles.
    #[must_use]
    pub fn new() -> Self {
        drop(install());
        Self {
            people: gauge!(names::POSITIONS),
            taken: counter!(names::POSITIONS_SAID, "outcome" => "taken"),
            refused: counter!(names::POSITIONS_SAID, "outcome" => "refused"),
            unwritten: gauge!(names::POSITIONS_UNWRITTEN),
            written: counter!(names::POSITIONS_WRITTEN),
            movements: counter!(names::MOVEMENTS),
            waiting: gauge!(names::MOVEMENTS_WAITING),
        }
    }

    /// Counts a position that was said.
    pub fn said(&self, is_taken: bool) {
        if is_taken { &self.taken } else { &self.refused }.increment(1);
    }

    /// Counts positions that were written down.
    pub fn written(&self, count: usize) {
        self.written.increment(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// Counts movements that were written down.
    pub fn moved(&self, count: usize) {
        self.movements.increment(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// Counts a write that the store did not take.
    pub fn unwritten(&self, what: &'static str) {
        counter!(names::PLACES_UNWRITTEN, "what" => what).increment(1);
    }

    /// Counts a movement for a client.
    pub fn movement_told(&self, is_pushed: bool) {
        let outcome = if is_pushed { "pushed" } else { "skipped" };
        counter!(names::MOVEMENTS_TOLD, "outcome" => outcome).increment(1);
    }

    /// How many watches there are.
    pub fn watches(&self, count: usize) {
        gauge!(names::WATCHES).set(u32::try_from(count).unwrap_or(u32::MAX));
    }

    /// Counts what one who watches was told, or a look at which they were passed over.
    pub fn watch_told(&self, outcome: &'static str, count: usize) {
        counter!(names::WATCHES_TOLD, "outcome" => outcome).increment(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// Counts a watch that was refused at this bound.
    pub fn watch_refused(&self, bound: &'static str) {
        counter!(names::WATCHES_REFUSED, "bound" => bound).increment(1);
    }

    /// How many there are, and how many wait.
    pub fn there(&self, people: usize, unwritten: usize, movements: usize) {
        let gauge = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        self.people.set(gauge(people));
        self.unwritten.set(gauge(unwritten));
        self.waiting.set(gauge(movements));
    }
}

impl Default for PlaceMeters {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for PlaceMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlaceMeters").finish_non_exhaustive()
    }
}
