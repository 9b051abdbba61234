//! `COMMANDS`: what the asker may call, with signatures.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::Caller;
use crate::error::Error;
use crate::house::House;

use crate::registry::permissions::Permission;
use crate::requestable::Requestable;

/// Lists the commands you may call, and how each is written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Commands {}

/// One command.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CommandListed {
    name: &'static str,
    signature: String,
    about: String,
}

impl Requestable for Commands {
    const NAME: &'static str = "COMMANDS";
    const NEEDS: Permission = Permission::Guest;
    type Reply = Vec<CommandListed>;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let table = house.table();
        let entries = table.listed().into_iter();
        Ok(entries
            .filter(|entry| caller.may(entry.needs))
            .map(|entry| CommandListed {
                name: entry.name,
                signature: entry.signature(),
                about: entry.about.clone(),
            })
            .collect())
    }
}
