//! Commands of the fleet.

use crate::command::table::Table;

/// Adds them to the table.
pub(crate) fn add_to(table: Table) -> Table {
    table
}
