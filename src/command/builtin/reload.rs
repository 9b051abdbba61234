//! `s.reload()`: reads the configuration again; what can change while the server runs, does.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::extend::{Reloaded, reload};
use crate::house::House;
use crate::registry::permissions::Permission;

/// Reads the configuration file again and takes over its commands, requestables and services; nobody is
/// disconnected. Answers what was added, changed and removed, and what needs a restart. A bad file changes nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reload {}

impl Command for Reload {
    const NAME: &'static str = "s.reload";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Admin;
    const CHANGES: bool = true;
    type Reply = Reloaded;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        reload(house, caller.change(house.clock.now())).await
    }
}
