//! `s.listsocks()`: the sockets this server listens on, and how many sessions each has.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::{RegistryState, SockCounts};
use crate::registry::permissions::Permission;

/// Lists the sockets clients connect to: name, address, receiver, connected sessions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListSocks {}

/// One socket.
#[derive(Debug, Serialize)]
pub(super) struct Sock {
    name: String,
    address: String,
    receiver: String,
    sessions: usize,
}

impl Command for ListSocks {
    const NAME: &'static str = "s.listsocks";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Manager;
    type Reply = Vec<Sock>;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let RegistryState { clients, .. } = house.registry.observe().await?;
        let counts = house.registry.ask(SockCounts).await?;
        let mut socks = vec![Sock {
            name: "Serversock".to_owned(),
            address: house.serversock.to_string(),
            receiver: "default".to_owned(),
            sessions: clients,
        }];
        socks.extend(house.datasocks.listed().into_iter().map(|datasock| Sock {
            sessions: counts.get(datasock.name.as_str()).copied().unwrap_or_default(),
            address: address(&datasock.host, datasock.port),
            name: datasock.name,
            receiver: datasock.receiver,
        }));
        Ok(socks)
    }
}

/// An IPv6 address stands in brackets before its port.
fn address(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}
