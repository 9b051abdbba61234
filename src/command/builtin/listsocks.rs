//! `s.listsocks()`: the sockets this server listens on, and what came through each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::{Caller, Category, Command};
use crate::datasock::tally::Fault;
use crate::datasock::{SERVERSOCK, sock};
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::RegistryState;
use crate::registry::permissions::Permission;

/// Lists the sockets clients connect to: name, address, receiver, connected sessions, and for datasocks what came and what went wrong last. Rates are those of the last ten seconds; without an address a datasock is down.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListSocks {}

/// One socket.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Sock {
    name: String,
    address: Option<String>,
    receiver: String,
    sessions: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    datasock: Option<Figures>,
}

/// What is known of a datasock beside its sessions.
#[derive(Debug, Serialize, JsonSchema)]
struct Figures {
    auto_connect: bool,
    port: String,
    frames: u64,
    bytes: u64,
    frames_per_s: u64,
    bytes_per_s: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_fault: Option<Fault>,
}

impl Command for ListSocks {
    const NAME: &'static str = "s.listsocks";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Manager;
    type Reply = Vec<Sock>;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let RegistryState { clients, .. } = house.registry.observe().await?;
        let mut socks = vec![Sock {
            name: SERVERSOCK.to_owned(),
            address: Some(house.serversock.to_string()),
            receiver: "default".to_owned(),
            sessions: clients,
            datasock: None,
        }];
        socks.extend(house.datasocks.all().iter().map(|sock| of(sock)));
        Ok(socks)
    }
}

fn of(sock: &sock::Sock) -> Sock {
    let seen = sock.tally.look();
    Sock {
        name: sock.name.to_string(),
        address: sock.up.as_ref().map(|up| up.address.to_string()),
        receiver: sock.definition.receiver.clone(),
        sessions: seen.sessions,
        datasock: Some(Figures {
            auto_connect: sock.definition.auto_connect,
            port: sock.definition.port.to_string(),
            frames: seen.frames,
            bytes: seen.bytes,
            frames_per_s: seen.frames_per_s,
            bytes_per_s: seen.bytes_per_s,
            last_fault: seen.last_fault,
        }),
    }
}
