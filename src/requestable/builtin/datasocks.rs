//! `DATASOCKS`: which datasocks there are.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::Caller;
use crate::error::Error;
use crate::house::House;

use crate::registry::permissions::Permission;
use crate::requestable::Requestable;
use crate::wire::DatasockInfo;

/// Lists the datasocks: where each listens and what reads there.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Datasocks {}

impl Requestable for Datasocks {
    const NAME: &'static str = "DATASOCKS";
    const NEEDS: Permission = Permission::Guest;
    type Reply = Vec<DatasockInfo>;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        Ok(house.datasocks.listed())
    }
}
