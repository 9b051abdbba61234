//! `motorpool admin building`: the buildings, and who is in one.
//!
//! Buildings come by `motorpool import FILE`. Who looks where people are leaves an audit event.

use clap::Subcommand;
use serde::Serialize;

use super::{Place, presence};
use crate::cli::Failure;
use crate::cli::table::table;
use crate::cli::tool::{Missing, Tool, change, note, say, say_json};
use crate::place::rules::building::{Building, Shape};
use crate::place::store::{building_find, building_list_all};
use crate::store::StoreError;

/// What to do with buildings.
#[derive(Debug, Subcommand)]
pub(super) enum BuildingCommand {
    /// List all buildings.
    List,
    /// List the people who are online and in a building.
    People { building: String },
}

/// A building as shown.
#[derive(Debug, Serialize)]
struct BuildingView {
    building: String,
    name: String,
    latitude: f64,
    longitude: f64,
    /// Of a circle.
    radius_m: Option<f64>,
}

impl From<Building> for BuildingView {
    fn from(building: Building) -> Self {
        Self {
            latitude: building.centre().latitude(),
            longitude: building.centre().longitude(),
            radius_m: match building.shape {
                Shape::Circle { radius_m, .. } => Some(radius_m),
                Shape::Polygon(_) => None,
            },
            building: building.id.to_string(),
            name: building.name.to_string(),
        }
    }
}

impl BuildingCommand {
    pub(super) fn run(self, place: &Place) -> Result<(), Failure> {
        match self {
            Self::List => list(place),
            Self::People { building } => people(place, &building),
        }
    }
}

fn list(place: &Place) -> Result<(), Failure> {
    let tool = Tool::open(&place.store, Missing::Refuse)?;
    let buildings = tool.store.read_blocking(building_list_all).map_err(Failure::failed)?;
    let views: Vec<BuildingView> = buildings.into_iter().map(BuildingView::from).collect();
    if place.json {
        return say_json(&views);
    }
    let count = views.len();
    let rows = views.into_iter().map(|view| {
        let radius = view.radius_m.map(|metres| format!("{metres} m"));
        [
            view.building,
            view.name,
            format!("{}, {}", view.latitude, view.longitude),
            radius.unwrap_or_else(|| "polygon".to_owned()),
        ]
    });
    say(table(["building", "name", "centre", "radius"], rows))?;
    note(format!("{count} buildings"));
    Ok(())
}

fn people(place: &Place, building: &str) -> Result<(), Failure> {
    let tool = Tool::open(&place.store, Missing::Refuse)?;
    let (of, looked) = (building.to_owned(), change("admin building people"));
    let noted = tool.store.write_blocking(move |conn| {
        if building_find(conn, &of)?.is_none() {
            return Err(StoreError::refused(format!("there is no building {of:?}")));
        }
        looked.record(conn, &format!("building:{of}"), "looked", None, None)
    });
    noted.map_err(Failure::failed)?;
    presence::show(place, &tool, Some(building))
}
