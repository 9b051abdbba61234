//! `s.buildings(after?)`: the buildings there are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view::BuildingView;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Corners of polygons in a page, so that no answer gets too long.
const CORNERS_MAX: usize = 2_000;

/// Lists the buildings by id.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Buildings {
    /// Only those behind this id.
    after: Option<String>,
}

/// A page of buildings.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct BuildingsListed {
    buildings: Vec<BuildingView>,
    /// Give it as `after` to go on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl Command for Buildings {
    const NAME: &'static str = "s.buildings";
    const CATEGORY: Category = Category::Places;
    const NEEDS: Permission = Permission::User;
    type Reply = BuildingsListed;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let listed = house.places.buildings(self.after.as_deref(), super::PAGE)?;
        let mut corners = 0;
        let mut buildings = Vec::with_capacity(listed.len());
        for building in &listed {
            let view = BuildingView::from(&**building);
            corners += view.corners();
            if corners > CORNERS_MAX && !buildings.is_empty() {
                break;
            }
            buildings.push(view);
        }
        let is_page = listed.len() >= super::PAGE || buildings.len() < listed.len();
        let last = buildings.len().checked_sub(1).and_then(|at| listed.get(at));
        Ok(BuildingsListed {
            next: last.filter(|_| is_page).map(|building| building.id.to_string()),
            buildings,
        })
    }
}
