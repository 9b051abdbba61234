//! `SERVICES`: the supervised services and how they are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::Caller;
use crate::error::Error;
use crate::house::House;

use crate::registry::permissions::Permission;
use crate::requestable::Requestable;

/// Lists the services inside the server: whether each is up, and how often it was restarted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Services {}

/// One service.
#[derive(Debug, Serialize)]
pub(super) struct ServiceListed {
    name: &'static str,
    up: bool,
    restarts: u64,
}

impl Requestable for Services {
    const NAME: &'static str = "SERVICES";
    const NEEDS: Permission = Permission::User;
    type Reply = Vec<ServiceListed>;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let services = house.services.get().into_iter().flatten();
        Ok(services
            .map(|service| service.look())
            .map(|state| ServiceListed {
                name: state.name,
                up: state.is_up,
                restarts: state.restarts,
            })
            .collect())
    }
}
