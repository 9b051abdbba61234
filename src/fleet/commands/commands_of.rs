//! `s.commands(car?, before?)`: what cars were told to do, and what became of it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::CommandView;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::CarRef;
use crate::fleet::store::{CommandFilter, LIST_MAX, command_list};
use crate::house::House;
use crate::registry::permissions::Permission;

/// Lists commands to cars, newest first, a hundred at a time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Commands {
    /// Only to this car, by name or id.
    car: Option<CarRef>,
    /// Only commands older than this number: the next page.
    before: Option<i64>,
}

impl Command for Commands {
    const NAME: &'static str = "s.commands";
    const CATEGORY: Category = Category::Car;
    const NEEDS: Permission = Permission::Manager;
    type Reply = Vec<CommandView>;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let car = match self.car {
            Some(car) => Some(super::find_car(house, car).await?.id),
            None => None,
        };
        let filter = CommandFilter {
            car,
            before: self.before,
            ..CommandFilter::default()
        };
        let rows = house
            .store
            .read(move |conn| command_list(conn, filter, LIST_MAX))
            .await?;
        Ok(rows.into_iter().map(CommandView::from).collect())
    }
}
