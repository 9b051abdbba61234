//! Decisions about places: who is near whom, in which building, and who may see whom.
//!
//! Pure, all of it: the time, the settings and the positions come in as arguments. `earth` measures, `index` finds what is
//! near, `building` and `buildings` know the areas, `visibility` says who may see whom, `world` holds everybody.

pub(crate) mod building;
pub(crate) mod buildings;
pub(crate) mod cars;
pub(crate) mod earth;
pub(crate) mod index;
pub(crate) mod person;
pub(crate) mod polygon;
pub(crate) mod visibility;
pub(crate) mod watching;
pub(crate) mod world;
