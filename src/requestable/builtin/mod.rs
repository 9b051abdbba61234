//! What this server can be asked for: one file each, and the list that makes the table.

mod clients;
mod commands;
mod datasocks;
mod lineage;
mod ping;
mod received;
mod serverdata;
mod services;
mod statistics;
mod telemetry;

pub(crate) use serverdata::server_info;

use super::table::Table;

/// Everything this server can be asked for.
pub(crate) fn table() -> Table {
    Table::default()
        .with::<clients::Clients>()
        .with::<commands::Commands>()
        .with::<datasocks::Datasocks>()
        .with::<lineage::Lineage>()
        .with::<ping::Ping>()
        .with::<received::Received>()
        .with::<serverdata::ServerData>()
        .with::<services::Services>()
        .with::<statistics::Statistics>()
        .with::<telemetry::Telemetry>()
}
