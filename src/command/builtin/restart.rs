//! `s.restart()`: ends the server and begins it anew in the same process, when said twice.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::confirm::ask_twice;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Restarts the server: work ends, everybody is told, the configuration is read again, and it serves on the same addresses. Say it twice within 30 s.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Restart {}

impl Command for Restart {
    const NAME: &'static str = "s.restart";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Admin;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        if let Some(repeat) = ask_twice(house, caller, String::new(), "restart the server") {
            return Ok(repeat);
        }
        let change = caller.change(house.clock.now());
        house
            .store
            .write(move |conn| change.record(conn, "", "ok", None, None))
            .await?;
        house.restart();
        Ok("The server is restarting".to_owned())
    }
}
