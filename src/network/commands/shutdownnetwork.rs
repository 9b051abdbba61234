//! `s.shutdownnetwork()`: ends this server and every server below, when said twice.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::confirm::ask_twice;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::network::orders;
use crate::registry::permissions::Permission;

/// Shuts this server down and every server below it. Say it twice within 30 s.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ShutdownNetwork {}

impl Command for ShutdownNetwork {
    const NAME: &'static str = "s.shutdownnetwork";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Admin;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        if let Some(repeat) = ask_twice(house, caller, String::new(), "shut the network down from here on") {
            return Ok(repeat);
        }
        let change = caller.change(house.clock.now());
        let (took, not) = orders::end_below(house).await;
        let detail = Some(format!("{took} servers below took it, {not} did not"));
        let said = format!("The network is shutting down; {took} servers below took it, {not} did not");
        house
            .store
            .write(move |conn| change.record(conn, "", "ok", detail, None))
            .await?;
        orders::end(house, "shutdown");
        Ok(said)
    }
}
