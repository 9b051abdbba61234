//! `s.closedatasock(names)`: closes datasocks; the clients on them stay.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::datasock::sock::Sock;
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Names of one call.
const NAMES_MAX: usize = 64;

/// Closes datasocks, all that are named or none, and forgets them. Their connections hear datasock_closed; the clients stay. Maindata comes back at the next start.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CloseDataSock {
    /// Names of the datasocks, as s.listsocks shows them.
    names: Vec<String>,
}

impl Command for CloseDataSock {
    const NAME: &'static str = "s.closedatasock";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Admin;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let got = self.names.len();
        if !(1..=NAMES_MAX).contains(&got) {
            let message = format!("got {got} names, wanted 1 to {NAMES_MAX}");
            return Err(Error::new(ErrorCode::BadArguments, message));
        }
        let change = caller.change(house.clock.now());
        let answer = |closed: &[Arc<Sock>]| kept(Ok(said(closed)));
        let closed = house
            .datasocks
            .close(&self.names, &house.registry, change, answer)
            .await?;
        Ok(said(&closed))
    }
}

fn said(closed: &[Arc<Sock>]) -> String {
    let lines: Vec<String> = closed
        .iter()
        .map(|sock| format!("Closed Datasock '{}'", sock.name))
        .collect();
    lines.join("\n")
}
