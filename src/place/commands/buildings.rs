//! `s.buildings(after?)`: the buildings there are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view::BuildingView;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

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
        let last = listed.last().filter(|_| listed.len() >= super::PAGE);
        Ok(BuildingsListed {
            next: last.map(|building| building.id.to_string()),
            buildings: listed.iter().map(|building| BuildingView::from(&**building)).collect(),
        })
    }
}
