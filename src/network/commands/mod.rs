//! The commands of a network of servers: one file each.

mod connectto;
mod connecttoparent;
mod listnetwork;
mod move_on;
mod named;
mod removeparent;
mod setparent;
mod shutdownnetwork;

use crate::command::table::Table;

/// Adds them to a table.
pub(crate) fn add_to(table: Table) -> Table {
    table
        .with::<connectto::ConnectTo>()
        .with::<connecttoparent::ConnectToParent>()
        .with::<connecttoparent::Cth>()
        .with::<listnetwork::ListNetwork>()
        .with::<named::RestartServer>()
        .with::<named::ShutdownServer>()
        .with::<removeparent::RemoveParent>()
        .with::<setparent::SetParent>()
        .with::<shutdownnetwork::ShutdownNetwork>()
}
