//! `s.shutdown()`: ends the server, when said twice.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::confirm::ask_twice;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::{Course, House};
use crate::registry::permissions::Permission;

/// Shuts the server down. Say it twice within 30 s.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Shutdown {}

impl Command for Shutdown {
    const NAME: &'static str = "s.shutdown";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Admin;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        if let Some(repeat) = ask_twice(house, caller, String::new(), "shut the server down") {
            return Ok(repeat);
        }
        let change = caller.change(house.clock.now());
        house
            .store
            .write(move |conn| change.record(conn, "", "ok", None, None))
            .await?;
        house.stop.send_replace(Course::End);
        Ok("The server is shutting down".to_owned())
    }
}
