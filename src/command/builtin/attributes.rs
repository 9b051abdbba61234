//! `s.attributes()`: the limits this server runs with, and what it can be asked for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Tells the limits of the server and the names of its requestables.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Attributes {}

/// The limits in the order of the configuration.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Told {
    limits: Vec<Limit>,
    requestables: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Limit {
    name: &'static str,
    value: String,
}

impl Command for Attributes {
    const NAME: &'static str = "s.attributes";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Manager;
    type Reply = Told;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let figures = house.config.limits.figures().into_iter();
        Ok(Told {
            limits: figures
                .map(|figure| Limit {
                    name: figure.key,
                    value: figure.value,
                })
                .collect(),
            requestables: house.requestables().names_for(|permission| caller.may(permission)),
        })
    }
}
