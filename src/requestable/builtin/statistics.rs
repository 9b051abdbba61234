//! `STATISTICS`: what the server has done since its start, in a few figures.
//!
//! From counters that are kept anyway; `/metrics` has all of them over time.

use std::sync::atomic::Ordering;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::booking::engine::BookingsState;
use crate::command::Caller;
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::RegistryState;
use crate::registry::permissions::Permission;
use crate::requestable::Requestable;
use crate::runtime::metrics::CommandTally;
use crate::shard::PingState;

/// Tells figures of this server since its start: connections, commands, bookings, commits.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Statistics {}

/// The figures.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Figures {
    uptime_s: i64,
    connections: Connections,
    clients: usize,
    cars_online: usize,
    commands: CommandTally,
    bookings: Bookings,
    store: Commits,
    pings: PingState,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Connections {
    open: usize,
    /// Clients and datasocks that came as far as a session.
    admitted: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Bookings {
    live: usize,
    out: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Commits {
    commits: u64,
    jobs: u64,
    queued: usize,
}

impl Requestable for Statistics {
    const NAME: &'static str = "STATISTICS";
    const NEEDS: Permission = Permission::User;
    type Reply = Figures;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let registry: RegistryState = house.registry.observe().await?;
        let bookings: BookingsState = house.bookings.observe().await?;
        let store = house.store.figures();
        Ok(Figures {
            uptime_s: house.clock.now().duration_since(house.started_at).as_secs(),
            connections: Connections {
                open: house.open_sockets.count(),
                // The numbers of connections begin at 1.
                admitted: house.connections.load(Ordering::Relaxed).saturating_sub(1),
            },
            clients: registry.clients,
            cars_online: registry.cars,
            commands: house.table().tally(),
            bookings: Bookings {
                live: bookings.live,
                out: bookings.out,
            },
            pings: house.shards.pings().state(),
            store: Commits {
                commits: store.commits,
                jobs: store.jobs,
                queued: store.queued,
            },
        })
    }
}
