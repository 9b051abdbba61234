//! `s.repairs(car?, state?)`: what is to be mended; engineers see what they are charged with.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::RepairView;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::CarRef;
use crate::fleet::repairs::RepairState;
use crate::fleet::store::{RepairFilter, repair_list};
use crate::house::House;
use crate::registry::permissions::Permission;

/// Repairs in one answer: their texts are long, and a frame has its bound.
const REPAIRS_MAX: i64 = 50;

/// Lists repairs, the most urgent first: all for operators, their own for engineers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Repairs {
    /// Only of this car, by name or id.
    car: Option<CarRef>,
    /// Only in this state: reported, assigned, taken, finished or cancelled; the open ones when left out.
    state: Option<String>,
}

impl Command for Repairs {
    const NAME: &'static str = "s.repairs";
    const CATEGORY: Category = Category::Repair;
    const NEEDS: Permission = Permission::User;
    type Reply = Vec<RepairView>;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let state: Option<RepairState> = self.state.map(|text| text.parse()).transpose().map_err(super::bad)?;
        let car = match self.car {
            Some(car) => Some(super::find_car(house, car).await?.id),
            None => None,
        };
        let engineer = super::own_repairs(caller)?;
        let filter = RepairFilter { car, state, engineer };
        let listed = house
            .store
            .read(move |conn| repair_list(conn, filter, REPAIRS_MAX))
            .await?;
        Ok(listed.iter().map(RepairView::from).collect())
    }
}
