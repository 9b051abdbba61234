//! `s.addbuilding(building, name, latitude?, longitude?, radius_m?, rings...?)`: a building, new or in the place of one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::place::PlaceError;
use crate::place::rules::building::{Building, BuildingFault, Shape};
use crate::place::rules::polygon::Polygon;
use crate::registry::permissions::Permission;

/// Adds a building, or puts it in the place of the one with this id: a circle by its centre and radius, or a polygon by its
/// rings. Whoever is inside is in it when this is answered.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AddBuilding {
    /// Its id, at most 50 characters.
    building: String,
    /// Its name, at most 100 characters.
    name: String,
    /// Of a circle: its centre, degrees WGS 84.
    latitude: Option<f64>,
    /// Of a circle: its centre, degrees WGS 84.
    longitude: Option<f64>,
    /// Of a circle: metres.
    radius_m: Option<f64>,
    /// Of a polygon: rings of [longitude, latitude] as in GeoJSON, the outline first, then holes.
    rings: Option<Vec<Vec<[f64; 2]>>>,
}

/// What became of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct Added {
    building: String,
    /// False: it is in the place of one that was there.
    is_new: bool,
}

impl AddBuilding {
    fn shape(&self) -> Result<Shape, Error> {
        match (self.latitude, self.longitude, self.radius_m, &self.rings) {
            (Some(latitude), Some(longitude), Some(radius_m), None) => Ok(Shape::Circle {
                centre: super::position(latitude, longitude)?,
                radius_m,
            }),
            (None, None, None, Some(rings)) => {
                let mut checked = Vec::with_capacity(rings.len());
                for ring in rings {
                    let ring = ring
                        .iter()
                        .map(|[longitude, latitude]| super::position(*latitude, *longitude));
                    checked.push(ring.collect::<Result<Vec<_>, Error>>()?);
                }
                let polygon = Polygon::new(&checked)
                    .map_err(BuildingFault::from)
                    .map_err(PlaceError::from)?;
                Ok(Shape::Polygon(polygon))
            }
            _ => Err(super::bad(
                "wanted either `latitude`, `longitude` and `radius_m`, or `rings`",
            )),
        }
    }
}

impl Command for AddBuilding {
    const NAME: &'static str = "s.addbuilding";
    const CATEGORY: Category = Category::Places;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = Added;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let building = Building::new(&self.building, &self.name, self.shape()?).map_err(PlaceError::from)?;
        let added = |id: &str, was_there: bool| Added {
            building: id.to_owned(),
            is_new: !was_there,
        };
        let id = self.building.clone();
        let keep = move |was_there| kept(Ok(added(&id, was_there)));
        let change = caller.change(house.clock.now());
        let was_there = house.places.put_building(building, change, keep).await?;
        Ok(added(&self.building, was_there))
    }
}
