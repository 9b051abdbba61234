//! `s.info(entity?...)`: what this server is and how it does, or who a client is.

use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::others::no_user;
use crate::booking::engine::BookingsState;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::{ClientListed, Described, LookAt, RegistryState};
use crate::registry::permissions::{Permission, Permissions};
use crate::wire::{ClientKind, DatasockInfo, PROTOCOL};

/// Tells the server's name, version, running time, sockets, clients, cars and bookings; or of named clients who they are; or, for `commands`, what you may call. Managers are told more of a client, and of the server its services.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Info {
    /// `server`, `commands`, or names or ids of clients; left out, the server.
    #[serde(default)]
    entity: Vec<String>,
}

/// What was asked about; one alone is told as it is, several as a list.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Told {
    Server(Box<ServerTold>),
    Commands(Vec<String>),
    Client(Box<ClientTold>),
    Several(Vec<Self>),
}

/// The server.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ServerTold {
    name: String,
    description: String,
    version: &'static str,
    protocol: u64,
    started_at: String,
    now: String,
    uptime_s: i64,
    layer: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<ParentTold>,
    serversock: String,
    datasocks: Vec<DatasockInfo>,
    clients: usize,
    cars_online: usize,
    cars: usize,
    bookings_live: usize,
    bookings_out: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    services_down: Vec<&'static str>,
}

/// The server above; its address and what is wrong with it are for managers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ParentTold {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// A client; what only managers are told is left out for others.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ClientTold {
    name: Arc<String>,
    kind: ClientKind,
    description: String,
    connected_at: Timestamp,
    layer: u32,
    is_server: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    muted_until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    of_managers: Option<Confidential>,
}

/// What managers are told of a client.
#[derive(Debug, Serialize, JsonSchema)]
struct Confidential {
    client_id: Arc<str>,
    who: String,
    address: String,
    software: String,
    permissions: Permissions,
    datasocks: Vec<Arc<str>>,
    commands: Vec<String>,
    requestables: Vec<String>,
}

impl Command for Info {
    const NAME: &'static str = "s.info";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Guest;
    type Reply = Told;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let mut told = Vec::new();
        for entity in &self.entity {
            told.push(match entity.trim() {
                "server" => server(caller, house).await?,
                "commands" | "servercommands" => {
                    Told::Commands(house.table().names_for(|permission| caller.may(permission)))
                }
                client => client_told(client, caller, house).await?,
            });
        }
        match told.len() {
            0 => server(caller, house).await,
            1 => Ok(told.remove(0)),
            _ => Ok(Told::Several(told)),
        }
    }
}

async fn server(caller: &Caller, house: &House) -> Result<Told, Error> {
    let registry: RegistryState = house.registry.observe().await?;
    let bookings: BookingsState = house.bookings.observe().await?;
    let now = house.clock.now();
    Ok(Told::Server(Box::new(ServerTold {
        name: house.config.server.name.clone(),
        description: house.config.server.description.clone(),
        version: env!("CARGO_PKG_VERSION"),
        protocol: PROTOCOL,
        started_at: house.started_at.to_string(),
        now: now.to_string(),
        uptime_s: now.duration_since(house.started_at).as_secs(),
        layer: house.network.layer(),
        parent: parent(caller, house),
        serversock: house.serversock.to_string(),
        datasocks: house.datasocks.listed(),
        clients: registry.clients,
        cars_online: registry.cars,
        cars: bookings.cars,
        bookings_live: bookings.live,
        bookings_out: bookings.out,
        services_down: services_down(caller, house),
    })))
}

fn parent(caller: &Caller, house: &House) -> Option<ParentTold> {
    let above = house.network.above();
    let is_manager = caller.may(Permission::Manager);
    above.wanted.map(|wanted| ParentTold {
        state: above.state.as_str(),
        address: is_manager.then(|| wanted.address.clone()),
        why: above.state.why().filter(|_| is_manager).map(str::to_owned),
    })
}

/// Services that do not run, for managers.
fn services_down(caller: &Caller, house: &House) -> Vec<&'static str> {
    if !caller.may(Permission::Manager) {
        return Vec::new();
    }
    let services = house.services.list().into_iter();
    services
        .filter(|service| !service.up)
        .map(|service| service.name)
        .collect()
}

async fn client_told(client: &str, caller: &Caller, house: &House) -> Result<Told, Error> {
    let found = house.registry.ask(LookAt(client.to_owned())).await?;
    let Described {
        standing,
        listed,
        datasocks,
    } = found.ok_or_else(|| no_user(client))?;
    let who = standing.who();
    let ClientListed {
        client_id,
        name,
        kind,
        address,
        software,
        description,
        commands,
        requestables,
        permissions,
        connected_at,
        ..
    } = listed;
    let of_managers = caller.may(Permission::Manager).then(|| Confidential {
        client_id,
        who: who.clone(),
        address,
        software,
        permissions,
        datasocks,
        commands,
        requestables,
    });
    Ok(Told::Client(Box::new(ClientTold {
        name,
        kind,
        description,
        connected_at,
        layer: house.network.layer().saturating_add(1),
        is_server: kind == ClientKind::Server,
        muted_until: house.mutes.of(&who, house.clock.now()).map(|mute| mute.until),
        of_managers,
    })))
}
