//! Any value as people read it: a list of maps is a table, a map has two columns, the rest is text.
//!
//! Order is kept as given. Text of others never reaches the terminal with control characters in it.

use comfy_table::{Cell, CellAlignment};
use data_encoding::BASE64;

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
    lines(&table)
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
        Value::Text(text) => plain(text),
        Value::Bytes(bytes) => BASE64.encode(bytes),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Integer(integer) => i128::from(*integer).to_string(),
        Value::Float(float) => float.to_string(),
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
    fn text_of_others_cannot_drive_the_terminal() {
        let shown = render(&Value::from("\u{1b}[2Jgone\u{7}\u{9b}31m\nline"));
        assert_eq!(shown, "[2Jgone31m\nline");
    }
}
