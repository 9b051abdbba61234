//! `s.unwatchpeople()`: hearing no more of who comes and goes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::service;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::presence::actor::Unwatch;
use crate::registry::actor::Find;
use crate::registry::permissions::Permission;

/// Ends what `s.watchpeople` began. Nothing of it is pushed after the answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UnwatchPeople {}

/// What ended.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Unwatched {
    /// Whether you watched anybody.
    watched: bool,
}

impl Command for UnwatchPeople {
    const NAME: &'static str = "s.unwatchpeople";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::User;
    type Reply = Unwatched;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let found = house.registry.ask(Find(caller.standing.client_id.to_string())).await?;
        let watched = match found {
            Some((_, peer)) => {
                let connection = peer.connection;
                service(house)?.ask(Unwatch { connection }).await?
            }
            None => false,
        };
        Ok(Unwatched { watched })
    }
}
