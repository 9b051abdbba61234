//! Tables for people: one look for every subcommand.
//!
//! Programs get `--json` instead, so that this look may change.

use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};

use super::look::Look;

/// One rule below the names of the columns, and no other line.
const LOOK: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A table with these column names, wrapped to the width of the terminal.
pub(crate) fn table<const COLUMNS: usize>(
    head: [&str; COLUMNS],
    rows: impl IntoIterator<Item = [String; COLUMNS]>,
) -> Table {
    let mut table = base();
    table.set_header(head);
    for row in rows {
        table.add_row(row);
    }
    table
}

/// A table without columns yet, for output that looks so.
pub(crate) fn empty(look: Look) -> Table {
    let mut table = base();
    table.force_no_tty();
    if let Some(width) = look.width {
        table.set_width(width);
    }
    if look.has_colours {
        table.enforce_styling();
    }
    table
}

fn base() -> Table {
    let mut table = Table::new();
    table
        .load_style(LOOK)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table
}
