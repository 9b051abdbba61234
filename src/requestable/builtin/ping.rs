//! `PING`: the server's time, and nothing else.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::Caller;
use crate::error::Error;
use crate::house::House;

use crate::registry::permissions::Permission;
use crate::requestable::Requestable;

/// Tells the server's time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Ping {}

/// The server's time.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Pong {
    at: String,
}

impl Requestable for Ping {
    const NAME: &'static str = "PING";
    const NEEDS: Permission = Permission::Guest;
    type Reply = Pong;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        Ok(Pong {
            at: house.clock.now().to_string(),
        })
    }
}
