//! `CLIENTS`: who is connected.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::Caller;
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::{ClientListed, List};
use crate::registry::permissions::Permission;
use crate::requestable::Requestable;

/// Lists the connected clients.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Clients {}

impl Requestable for Clients {
    const NAME: &'static str = "CLIENTS";
    const NEEDS: Permission = Permission::Manager;
    type Reply = Vec<ClientListed>;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        Ok(house.registry.ask(List).await?)
    }
}
