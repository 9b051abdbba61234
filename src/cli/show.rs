//! Any value as people read it: a list of maps is a table, a map has two columns, the rest is text.
//!
//! Order is kept as given. Text of others never reaches the terminal with control characters in it.

use comfy_table::{Cell, CellAlignment};
use data_encoding::BASE64;
use jiff::Timestamp;

use super::table;
use crate::wire::Value;

/// A value as lines for people, without the last line break.
pub(crate) fn render(value: &Value) -> String {
    match value {
        Value::Array(values) => list(values),
        Value::Map(fields) => map(fields),
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

fn list(values: &[Value]) -> String {
    if values.is_empty() {
        return "none".to_owned();
    }
    let rows: Option<Vec<&Vec<(Value, Value)>>> = values.iter().map(Value::as_map).collect();
    match rows {
        Some(rows) => columns(&rows),
        None => values.iter().map(cell).collect::<Vec<_>>().join("\n"),
    }
}

/// A table with a column for every key, in the order in which keys first appear.
fn columns(rows: &[&Vec<(Value, Value)>]) -> String {
    let mut keys: Vec<&Value> = Vec::new();
    for (key, _) in rows.iter().copied().flatten() {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let mut table = table::empty();
    table.set_header(keys.iter().map(|key| cell(key).replace('_', " ")));
    for row in rows {
        let field = |key: &Value| row.iter().find(|(name, _)| name == key).map(|(_, value)| value);
        table.add_row(keys.iter().map(|key| aligned(field(key))));
    }
    match table.width() {
        Some(width) if is_too_wide(&table.column_max_content_widths(), width) => {
            rows.iter().map(|row| map(row)).collect::<Vec<_>>().join("\n\n")
        }
        _ => lines(&table),
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
fn map(fields: &[(Value, Value)]) -> String {
    if fields.is_empty() {
        return "nothing".to_owned();
    }
    let mut pairs = table::empty();
    let mut parts = Vec::new();
    for (name, value) in fields {
        let name = cell(name).replace('_', " ");
        match value {
            Value::Array(values) if values.first().is_some_and(Value::is_map) => {
                parts.push(format!("{name}:\n{}", list(values)));
            }
            value => {
                pairs.add_row([Cell::new(name), Cell::new(cell(value))]);
            }
        }
    }
    if !pairs.is_empty() {
        parts.insert(0, lines(&pairs));
    }
    parts.join("\n\n")
}

fn aligned(value: Option<&Value>) -> Cell {
    let cell = Cell::new(value.map(cell).unwrap_or_default());
    match value {
        Some(Value::Integer(_) | Value::Float(_)) => cell.set_alignment(CellAlignment::Right),
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
pub(crate) fn lines(table: &comfy_table::Table) -> String {
    let unpadded = |line: &str| line.chars().skip(1).collect::<String>().trim_end().to_owned();
    table.lines().map(|line| unpadded(&line)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> Value {
        crate::wire::json::from_json(&serde_json::from_str(json).unwrap())
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
            assert_eq!(render(&value(json)), shown, "{json}");
        }
        assert_eq!(render(&Value::Bytes(vec![1, 2, 3])), "AQID");
    }

    #[test]
    fn a_list_of_maps_has_a_column_for_every_key() {
        let shown = render(&value(
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
        let shown = render(&value(
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
            assert_eq!(render(&value(json)), shown, "{json}");
        }
    }

    #[test]
    fn text_of_others_cannot_drive_the_terminal() {
        let shown = render(&Value::from("\u{1b}[2Jgone\u{7}\u{9b}31m\nline"));
        assert_eq!(shown, "[2Jgone31m\nline");
    }
}
