//! `s.info()`: what this server is and how it does.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::booking::engine::BookingsState;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::RegistryState;
use crate::registry::permissions::Permission;
use crate::wire::{DatasockInfo, PROTOCOL};

/// Tells the server's name, version, running time, sockets, clients, cars and bookings.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Info {}

/// The server.
#[derive(Debug, Serialize)]
pub(super) struct ServerInfo {
    name: String,
    description: String,
    version: &'static str,
    protocol: u64,
    started_at: String,
    now: String,
    uptime_s: i64,
    layer: u32,
    datasocks: Vec<DatasockInfo>,
    clients: usize,
    cars_online: usize,
    cars: usize,
    bookings_live: usize,
    bookings_out: usize,
}

impl Command for Info {
    const NAME: &'static str = "s.info";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Guest;
    type Reply = ServerInfo;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let registry: RegistryState = house.registry.observe().await?;
        let bookings: BookingsState = house.bookings.observe().await?;
        let now = house.clock.now();
        Ok(ServerInfo {
            name: house.config.server.name.clone(),
            description: house.config.server.description.clone(),
            version: env!("CARGO_PKG_VERSION"),
            protocol: PROTOCOL,
            started_at: house.started_at.to_string(),
            now: now.to_string(),
            uptime_s: now.duration_since(house.started_at).as_secs(),
            layer: 0,
            datasocks: house.datasocks.listed(),
            clients: registry.clients,
            cars_online: registry.cars,
            cars: bookings.cars,
            bookings_live: bookings.live,
            bookings_out: bookings.out,
        })
    }
}
