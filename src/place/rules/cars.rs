//! Cars on the map: where each was last, and which are near.
//!
//! Who may know of a car that is out is decided by who asks; here a car is just somewhere.

use std::collections::HashMap;
use std::sync::Arc;

use super::index::{Cursor, Index, Search};
use crate::booking::CarId;
use crate::place::Position;

/// One car.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CarAt {
    pub(crate) car: CarId,
    pub(crate) name: Arc<str>,
    pub(crate) position: Position,
}

/// A page of cars, each with its distance in metres.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct CarsPage {
    pub(crate) cars: Vec<(CarAt, f64)>,
    pub(crate) next: Option<Cursor>,
}

/// Every car that is in use.
#[derive(Debug, Default)]
pub(crate) struct Cars {
    cars: Vec<CarAt>,
    numbers: HashMap<CarId, usize>,
    index: Index,
}

impl Cars {
    /// A car is here, whatever was known of it.
    pub(crate) fn put(&mut self, car: CarAt) {
        let number = *self.numbers.entry(car.car).or_insert(self.cars.len());
        self.index.put(number, car.position);
        match self.cars.get_mut(number) {
            Some(known) => *known = car,
            None => self.cars.push(car),
        }
    }

    /// A car that is known moved; one that is not known is none of ours yet.
    pub(crate) fn moved(&mut self, car: CarId, position: Position) {
        let known = self
            .numbers
            .get(&car)
            .and_then(|number| self.cars.get_mut(*number).zip(Some(*number)));
        if let Some((known, number)) = known {
            known.position = position;
            self.index.put(number, position);
        }
    }

    /// A car is no longer in use; it keeps its number.
    pub(crate) fn remove(&mut self, car: CarId) {
        if let Some(number) = self.numbers.get(&car) {
            self.index.remove(*number);
        }
    }

    /// The cars near a point that are wanted, nearest first.
    pub(crate) fn near(&self, search: &Search, mut wanted: impl FnMut(&CarAt) -> bool) -> CarsPage {
        let page = self
            .index
            .nearest(search, |number, _| self.cars.get(number).is_some_and(&mut wanted));
        let cars = page.found.iter();
        let cars = cars.filter_map(|found| Some((self.cars.get(found.number)?.clone(), found.distance_m)));
        CarsPage {
            cars: cars.collect(),
            next: page.next,
        }
    }
}
