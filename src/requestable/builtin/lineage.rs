//! `LINEAGE`: who is above, for servers below: so that none becomes its own parent.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::Caller;
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::requestable::Requestable;

/// Lists the ids of this server and of those above it, this one first. An id is new at each start.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Lineage {}

impl Requestable for Lineage {
    const NAME: &'static str = "LINEAGE";
    const NEEDS: Permission = Permission::Server;
    type Reply = Vec<String>;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        Ok(house.network.lineage())
    }
}
