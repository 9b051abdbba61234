//! Tables for people: one look for every subcommand.
//!
//! Programs get `--json` instead, so that this look may change.

use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};

/// One rule below the names of the columns, and no other line.
const LOOK: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A table with these column names, wrapped to the width of the terminal.
pub(crate) fn table<const COLUMNS: usize>(
    head: [&str; COLUMNS],
    rows: impl IntoIterator<Item = [String; COLUMNS]>,
) -> Table {
    let mut table = empty();
    table.set_header(head);
    for row in rows {
        table.add_row(row);
    }
    table
}

/// A table without columns yet.
pub(crate) fn empty() -> Table {
    let mut table = Table::new();
    table
        .load_style(LOOK)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table
}
