//! `SERVERDATA`: what the server says of itself, as in the welcome but of this moment.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::Caller;
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::{Permission, Permissions};
use crate::requestable::Requestable;
use crate::wire::{Limits, PROTOCOL, ServerInfo};

/// Tells what the welcome told of the server, as it is now.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ServerData {}

impl Requestable for ServerData {
    const NAME: &'static str = "SERVERDATA";
    const NEEDS: Permission = Permission::Guest;
    type Reply = ServerInfo;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        Ok(server_info(house, caller.standing.permissions(), house.clock.now()))
    }
}

/// What the server says of itself to somebody with these permissions.
pub(crate) fn server_info(house: &House, permissions: Permissions, now: Timestamp) -> ServerInfo {
    let limits = &house.config.limits;
    let number = |bytes: usize| u64::try_from(bytes).unwrap_or(u64::MAX);
    let limits = Limits::from([
        ("frame_bytes".to_owned(), number(limits.frame_bytes)),
        ("in_flight_per_session".to_owned(), number(limits.in_flight_per_session)),
        (
            "open_bookings_per_user".to_owned(),
            limits.open_bookings_per_user.into(),
        ),
        ("command_deadline_ms_max".to_owned(), limits.command_deadline_ms_max),
    ]);
    let may = |permission| permissions.contains(permission);
    ServerInfo {
        name: house.config.server.name.clone(),
        description: house.config.server.description.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        protocol: PROTOCOL,
        started_at: house.started_at.to_string(),
        layer: house.network.layer(),
        commands: house.table().names_for(may),
        requestables: house.requestables().names_for(may),
        now: now.to_string(),
        datasocks: house.datasocks.listed(),
        limits,
    }
}
