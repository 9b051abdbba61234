//! `SERVICES`: the supervised services and how they are.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::Caller;
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::requestable::Requestable;
use crate::service::ServiceListed;

/// Lists the services inside the server: state, switch, interval, last round and error, rounds, failures, restarts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Services {}

impl Requestable for Services {
    const NAME: &'static str = "SERVICES";
    const NEEDS: Permission = Permission::User;
    type Reply = Vec<ServiceListed>;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        Ok(house.services.list())
    }
}
