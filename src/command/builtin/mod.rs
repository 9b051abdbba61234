//! The built-in commands: one file each, and the list that makes the table.

mod attach;
mod audit;
mod callclient;
mod clients;
mod getadmin;
mod help;
mod info;
mod ping;
mod request;
mod shutdown;
mod whoami;

pub(crate) use shutdown::Confirmations;

use super::table::Table;

/// Every command of this server.
pub(crate) fn table() -> Table {
    let table = Table::builder()
        .with::<attach::Attach>()
        .with::<audit::Audit>()
        .with::<callclient::CallClient>()
        .with::<clients::Clients>()
        .with::<getadmin::GetAdmin>()
        .with::<help::Help>()
        .with::<info::Info>()
        .with::<ping::Ping>()
        .with::<request::Request>()
        .with::<shutdown::Shutdown>()
        .with::<whoami::WhoAmI>();
    let table = crate::booking::commands::add_to(table);
    let table = crate::fleet::commands::add_to(table);
    crate::account::commands::add_to(table)
}
