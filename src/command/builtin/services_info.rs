//! `s.services_info()`: every service with its switch, its rounds and its errors.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::service::ServiceListed;

/// Lists every service: state, switch, interval, last run and how long it took, last error, rounds, failures, restarts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ServicesInfo {}

impl Command for ServicesInfo {
    const NAME: &'static str = "s.services_info";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Manager;
    type Reply = Vec<ServiceListed>;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        Ok(house.services.list())
    }
}
