//! `s.attach(datasock?)`: a ticket for a datasock.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::{Caller, Category, Command};
use crate::datasock::MAINDATA;
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::DatasockInfo;

/// Gives a ticket that attaches one more socket of yours to a datasock, once and soon.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Attach {
    /// Name of the datasock; left out, Maindata.
    datasock: Option<String>,
}

/// Where to attach, and with what. Not flattened: that would be a map of indefinite length.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Ticket {
    name: String,
    host: String,
    port: u16,
    receiver: String,
    client_id: String,
    ticket: String,
}

impl Command for Attach {
    const NAME: &'static str = "s.attach";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Guest;
    type Reply = Ticket;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let name = self.datasock.unwrap_or_else(|| MAINDATA.to_owned());
        let (info, ticket) = house.datasocks.ticket(&name, &caller.standing).await?;
        let DatasockInfo {
            name,
            host,
            port,
            receiver,
        } = info;
        Ok(Ticket {
            name,
            host,
            port,
            receiver,
            client_id: caller.standing.client_id.to_string(),
            ticket,
        })
    }
}
