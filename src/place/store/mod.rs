//! The tables of places: buildings, positions, choices, movements.
//!
//! Rows become values here and nowhere else; what a value may be is decided by the rules.

mod buildings;
mod movements;
mod people;

pub(crate) use buildings::{building_delete, building_find, building_list_all, building_put};
pub(crate) use movements::{Moved, Which, building_of_at, movement_insert, movement_list, movement_prune};
pub(crate) use people::{Settings, person_list, position_put, settings_find, settings_put};
