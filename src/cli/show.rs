//! Any value as people read it: a list of maps is a table, a map has two columns, the rest is text.
//!
//! Order is kept as given. Text of others never reaches the terminal with control characters in it.

use comfy_table::{Attribute, Cell, CellAlignment, Color, Row, Table};
use data_encoding::BASE64;
use jiff::Timestamp;
use nu_ansi_term::Style;

use super::look::Look;
use super::table;
use crate::wire::Value;

/// Most lines of a cell on a terminal; what is longer ends with an ellipsis.
const CELL_LINES_MAX: usize = 3;

/// A value as lines for people, without the last line break, as standard output is now.
pub(crate) fn render(value: &Value) -> String {
    render_as(value, Look::of_stdout())
}

/// A value as lines for people, without the last line break.
pub(crate) fn render_as(value: &Value, look: Look) -> String {
    match value {
        Value::Array(values) => list(values, look),
        Value::Map(fields) => map(fields, look),
        Value::Null => "done".to_owned(),
        scalar => cell(scalar),
    }
}

/// Text without anything that moves the cursor or colours the screen.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .filter(|char| matches!(char, '\n' | '\t') || !char.is_control())
        .collect()
}

fn list(values: &[Value], look: Look) -> String {
    if values.is_empty() {
        return "none".to_owned();
    }
    let rows: Option<Vec<&Vec<(Value, Value)>>> = values.iter().map(Value::as_map).collect();
    match rows {
        Some(rows) => columns(&rows, look),
        None => values.iter().map(cell).collect::<Vec<_>>().join("\n"),
    }
}

/// A table with a column for every key, in the order in which keys first appear.
fn columns(rows: &[&Vec<(Value, Value)>], look: Look) -> String {
    let mut keys: Vec<&Value> = Vec::new();
    for (key, _) in rows.iter().copied().flatten() {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let mut table = table::empty(look);
    table.set_header(keys.iter().map(|key| heading(&cell(key).replace('_', " "))));
    for row in rows {
        let field = |key: &Value| row.iter().find(|(name, _)| name == key).map(|(_, value)| value);
        let mut cells: Row = keys
            .iter()
            .map(|key| aligned(&cell(key), field(key)))
            .collect::<Vec<_>>()
            .into();
        if look.width.is_some() {
            cells.max_height(CELL_LINES_MAX);
        }
        table.add_row(cells);
    }
    match look.width {
        Some(width) if is_too_wide(&table.column_max_content_widths(), width) => {
            rows.iter().map(|row| map(row, look)).collect::<Vec<_>>().join("\n\n")
        }
        _ => lines(&table),
    }
}

fn heading(name: &str) -> Cell {
    Cell::new(name).fg(Color::Cyan).add_attribute(Attribute::Bold)
}

/// Green is well, red is not, yellow wants somebody to look.
fn colour(name: &str, text: &str) -> Option<Color> {
    const STATES: [&str; 8] = [
        "state", "status", "level", "code", "outcome", "result", "health", "check",
    ];
    if !STATES.contains(&name) {
        return None;
    }
    match text.to_lowercase().as_str() {
        "done" | "ok" | "on" | "up" | "running" | "active" | "finished" | "available" | "idle" | "accepted" => {
            Some(Color::Green)
        }
        "refused" | "failed" | "error" | "down" | "crashed" | "gave_up" | "given up" | "fatal" | "overdue" => {
            Some(Color::Red)
        }
        "warn" | "warning" | "waiting" | "pending" | "degraded" | "open" | "off" | "stopped" | "late" => {
            Some(Color::Yellow)
        }
        _ => None,
    }
}

/// One long column wraps and stays readable; many columns do not.
fn is_too_wide(columns: &[u16], terminal: u16) -> bool {
    let padded = |width: &u16| u32::from(*width) + 2;
    let all: u32 = columns.iter().map(padded).sum();
    let widest = columns.iter().map(padded).max().unwrap_or_default();
    let terminal = u32::from(terminal);
    all > terminal && (all - widest) * 3 > terminal * 2
}

/// Scalars beside their names; lists of maps below, each under its name.
fn map(fields: &[(Value, Value)], look: Look) -> String {
    if fields.is_empty() {
        return "nothing".to_owned();
    }
    let mut pairs = table::empty(look);
    let mut parts = Vec::new();
    for (name, value) in fields {
        let (key, name) = (cell(name), cell(name).replace('_', " "));
        match value {
            Value::Array(values) if values.first().is_some_and(Value::is_map) => {
                let name = look.paint(Style::new().fg(nu_ansi_term::Color::Cyan).bold(), &format!("{name}:"));
                parts.push(format!("{name}\n{}", list(values, look)));
            }
            value => {
                let text = cell(value);
                let shown = match colour(&key, &text) {
                    Some(colour) => Cell::new(text).fg(colour),
                    None => Cell::new(text),
                };
                pairs.add_row([Cell::new(name).fg(Color::Cyan), shown]);
            }
        }
    }
    if !pairs.is_empty() {
        parts.insert(0, lines(&pairs));
    }
    parts.join("\n\n")
}

fn aligned(name: &str, value: Option<&Value>) -> Cell {
    let text = value.map(cell).unwrap_or_default();
    let colour = colour(name, &text);
    let cell = Cell::new(text);
    match (value, colour) {
        (Some(Value::Integer(_) | Value::Float(_)), _) => cell.set_alignment(CellAlignment::Right),
        (_, Some(colour)) => cell.fg(colour),
        _ => cell,
    }
}

/// A value on one line, or as many as its text has.
fn cell(value: &Value) -> String {
    match value {
        Value::Text(text) => whole_seconds(text).unwrap_or_else(|| plain(text)),
        Value::Bytes(bytes) => BASE64.encode(bytes),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Integer(integer) => i128::from(*integer).to_string(),
        Value::Float(float) => rounded(*float),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Map(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| format!("{}: {}", cell(name), cell(value)));
            fields.collect::<Vec<_>>().join(", ")
        }
        Value::Tag(_, value) => cell(value),
        _ => String::new(),
    }
}

/// A time without the fractions of its last second.
fn whole_seconds(text: &str) -> Option<String> {
    let is_fraction = text.len() > "2026-05-01T12:00:00Z".len() && text.ends_with('Z') && text.contains('.');
    let at: Timestamp = is_fraction.then(|| text.parse().ok())??;
    Some(format!("{at:.0}"))
}

/// Six decimals are a tenth of a metre in a position.
fn rounded(float: f64) -> String {
    let text = format!("{float:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The lines of a table. Columns are padded on both sides; nobody needs that at the edges.
pub(crate) fn lines(table: &Table) -> String {
    let mut table = table.clone();
    if let Some(first) = table.column_mut(0) {
        first.set_padding((0, 1));
    }
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> Value {
        crate::wire::json::from_json(&serde_json::from_str(json).unwrap())
    }

    fn plainly(value: &Value) -> String {
        render_as(value, Look::PLAIN)
    }

    fn at_width(json: &str, width: u16, has_colours: bool) -> String {
        let look = Look {
            width: Some(width),
            has_colours,
        };
        render_as(&value(json), look)
    }

    const CARS: &str = r#"[{"car": "ada", "seats": 4, "state": "done", "note": "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"},
        {"car": "babbage", "seats": 12, "state": "failed", "note": ""}]"#;

    #[test]
    fn a_table_fits_the_terminal_and_long_cells_end_with_an_ellipsis() {
        for width in [40, 80, 200] {
            let shown = at_width(CARS, width, false);
            assert!(
                shown.lines().all(|line| line.chars().count() <= usize::from(width)),
                "{shown}"
            );
            assert_eq!(shown.contains('…'), width == 40, "{shown}");
            assert_eq!(
                shown.lines().next().map(|line| line.split_whitespace().count()),
                Some(4),
                "{shown}"
            );
        }
        let wide = at_width(CARS, 200, false);
        assert_eq!(wide.lines().count(), 4, "{wide}");
        // A pipe gets everything, on lines as long as they are.
        assert!(plainly(&value(CARS)).contains("eighteen"));
    }

    #[test]
    fn what_is_piped_is_the_same_to_the_byte() {
        let shown = plainly(&value(
            r#"[{"car": "ada", "seats": 4}, {"car": "babbage", "seats": 12}]"#,
        ));
        assert_eq!(
            shown,
            "car       seats\n────────────────\nada           4\nbabbage      12"
        );
    }

    #[test]
    fn states_and_headings_are_coloured_where_colours_are_wanted() {
        let shown = at_width(CARS, 200, true);
        let line = |part: &str| {
            shown
                .lines()
                .find(|line| line.contains(part))
                .map(ToOwned::to_owned)
                .unwrap()
        };
        assert!(line("seats").contains("\u{1b}["), "{shown:?}");
        assert!(
            line("done").contains("\u{1b}[38;5;10m") && line("failed").contains("\u{1b}[38;5;9m"),
            "{shown:?}"
        );
        assert!(!at_width(CARS, 200, false).contains('\u{1b}'));
        assert!(colour("note", "failed").is_none());
    }

    #[test]
    fn scalars_are_plain() {
        for (json, shown) in [
            (r#""Received""#, "Received"),
            ("7", "7"),
            ("1.5", "1.5"),
            ("true", "yes"),
            ("null", "done"),
            ("[]", "none"),
            ("{}", "nothing"),
            (r#"["a", 2]"#, "a\n2"),
        ] {
            assert_eq!(plainly(&value(json)), shown, "{json}");
        }
        assert_eq!(plainly(&Value::Bytes(vec![1, 2, 3])), "AQID");
    }

    #[test]
    fn a_list_of_maps_has_a_column_for_every_key() {
        let shown = plainly(&value(
            r#"[{"car": "ada", "seats": 4}, {"car": "babbage", "price": "13.00", "seats": 12}]"#,
        ));
        let lines: Vec<&str> = shown.lines().collect();
        let words: Vec<Vec<&str>> = lines.iter().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(words[0], ["car", "seats", "price"]);
        assert_eq!(words[2], ["ada", "4"]);
        assert_eq!(words[3], ["babbage", "12", "13.00"]);
        // Numbers stand under each other by their last digit.
        assert_eq!(
            lines[2].find('4').map(|at| at + 1),
            lines[3].find("12").map(|at| at + 2)
        );
    }

    #[test]
    fn a_map_has_its_names_beside_its_values_and_its_lists_below() {
        let shown = plainly(&value(
            r#"{"name": "fake", "started_at": "now", "limits": {"a": 1, "b": [2, 3]}, "cars": [{"car": "ada"}]}"#,
        ));
        let words: Vec<String> = shown
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(words[..4], ["name fake", "started at now", "limits a: 1, b: 2, 3", ""]);
        assert_eq!(
            words[4..].iter().filter(|line| !line.contains('─')).collect::<Vec<_>>(),
            ["cars:", "car", "ada"]
        );
    }

    #[test]
    fn many_columns_become_records_and_one_long_column_wraps() {
        assert!(!is_too_wide(&[8, 50, 22], 86));
        assert!(!is_too_wide(&[8, 30, 200], 80));
        assert!(is_too_wide(&[20; 5], 80));
        assert!(!is_too_wide(&[], 80));
    }

    #[test]
    fn times_and_floats_are_no_longer_than_people_need() {
        for (json, shown) in [
            (r#""2026-11-22T04:58:06.956488Z""#, "2026-11-22T04:58:06Z"),
            (r#""2026-11-22T04:58:06Z""#, "2026-11-22T04:58:06Z"),
            (r#""version 1.2.3 of the programZ""#, "version 1.2.3 of the programZ"),
            ("144.96325834998106", "144.963258"),
            ("80.0", "80"),
            ("-0.5", "-0.5"),
            ("100.0", "100"),
        ] {
            assert_eq!(plainly(&value(json)), shown, "{json}");
        }
    }

    #[test]
    fn text_of_others_cannot_drive_the_terminal() {
        let shown = plainly(&Value::from("\u{1b}[2Jgone\u{7}\u{9b}31m\nline"));
        assert_eq!(shown, "[2Jgone31m\nline");
    }
}
