//! Replies of the commands of places, and how figures are rounded in them.

use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use smol_str::SmolStr;

use crate::place::Position;
use crate::place::rules::building::{Building, Shape};
use crate::place::rules::cars::CarAt;
use crate::place::rules::person::Seen;
use crate::place::tenths;

/// One person as another sees them.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PersonSeen {
    #[schemars(with = "String")]
    user: SmolStr,
    user_id: i64,
    /// From where one looks to what is shown, in metres.
    distance_m: f64,
    /// Whether they are connected.
    online: bool,
    /// The position shown is the middle of a square with this edge.
    #[serde(skip_serializing_if = "Option::is_none")]
    blur_m: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latitude: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    longitude: Option<f64>,
    /// When they said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
}

impl PersonSeen {
    pub(super) fn new(seen: Seen, online: bool, with_positions: bool) -> Self {
        let position = with_positions.then_some(seen.position);
        Self {
            user: seen.name,
            user_id: seen.user.0,
            distance_m: tenths(seen.distance_m),
            online,
            blur_m: seen.blur_m,
            latitude: position.map(|position| position.latitude()),
            longitude: position.map(|position| position.longitude()),
            at: with_positions.then(|| to_second(seen.at)),
        }
    }
}

/// A page of people.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PeopleSeen {
    pub(super) people: Vec<PersonSeen>,
    /// Give it as `after` to go on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

/// The building of a position; both are absent outside of all.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct InBuilding {
    /// Its id.
    building: Option<Arc<str>>,
    /// Its name.
    name: Option<Arc<str>>,
}

impl InBuilding {
    pub(super) fn new(building: Option<&Building>) -> Self {
        Self {
            building: building.map(|building| building.id.clone()),
            name: building.map(|building| building.name.clone()),
        }
    }
}

/// One building.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct BuildingView {
    /// Its id.
    building: Arc<str>,
    name: Arc<str>,
    /// The centre of a circle, the centroid of a polygon's outline.
    latitude: f64,
    longitude: f64,
    /// Of a circle.
    #[serde(skip_serializing_if = "Option::is_none")]
    radius_m: Option<f64>,
    /// Of a polygon: how many vertices it has, holes included.
    #[serde(skip_serializing_if = "Option::is_none")]
    vertices: Option<usize>,
    /// Of a polygon: its rings of [longitude, latitude] as in GeoJSON, the outline first, then holes.
    #[serde(skip_serializing_if = "Option::is_none")]
    rings: Option<Vec<Vec<[f64; 2]>>>,
}

impl BuildingView {
    /// What is drawn of it, which is what makes it long.
    pub(super) fn corners(&self) -> usize {
        self.vertices.unwrap_or(1)
    }
}

impl From<&Building> for BuildingView {
    fn from(building: &Building) -> Self {
        let (radius_m, rings) = match &building.shape {
            Shape::Circle { radius_m, .. } => (Some(*radius_m), None),
            Shape::Polygon(polygon) => (None, Some(polygon.rings())),
        };
        let corner = |at: &Position| [at.longitude(), at.latitude()];
        let drawn = |ring: &Vec<Position>| ring.iter().map(corner).collect();
        Self {
            building: building.id.clone(),
            name: building.name.clone(),
            latitude: building.centre().latitude(),
            longitude: building.centre().longitude(),
            radius_m,
            vertices: rings.as_ref().map(|rings| rings.iter().map(Vec::len).sum()),
            rings: rings.map(|rings| rings.iter().map(drawn).collect()),
        }
    }
}

/// One car.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CarSeen {
    car: Arc<str>,
    car_id: i64,
    distance_m: f64,
    latitude: f64,
    longitude: f64,
}

impl From<(CarAt, f64)> for CarSeen {
    fn from((car, distance_m): (CarAt, f64)) -> Self {
        Self {
            car: car.name,
            car_id: car.car.0,
            distance_m: tenths(distance_m),
            latitude: car.position.latitude(),
            longitude: car.position.longitude(),
        }
    }
}

/// A page of cars.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(super) struct CarsSeen {
    pub(super) cars: Vec<CarSeen>,
    /// Give it as `after` to go on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

pub(super) fn to_second(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}
