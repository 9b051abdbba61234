//! Lines of a log as a file: CSV or JSON, in pieces that are the file when they are put together.
//!
//! Pure. A cell that a spreadsheet would take for a formula is made text: what people wrote never acts on who opens it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lines::Line;

/// What the file is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    /// Comma-separated values as RFC 4180 has them, with a header.
    #[default]
    Csv,
    /// A list of objects.
    Json,
}

/// Which piece of the file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) is_first: bool,
    pub(crate) is_last: bool,
}

/// A piece cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SheetError {
    /// As CSV.
    #[error("the lines cannot be written as CSV")]
    Csv(#[source] csv::Error),
    /// As JSON.
    #[error("the lines cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// What was written is no text.
    #[error("what was written is no text")]
    Text,
}

/// The text of one piece. Only the last may be without lines.
pub(crate) fn piece<L: Line>(lines: &[L], format: Format, piece: Piece) -> Result<String, SheetError> {
    match format {
        Format::Csv => csv_of(lines, piece),
        Format::Json => json_of(lines, piece),
    }
}

fn csv_of<L: Line>(lines: &[L], piece: Piece) -> Result<String, SheetError> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    if piece.is_first {
        writer.write_record(L::COLUMNS).map_err(SheetError::Csv)?;
    }
    for line in lines {
        writer
            .write_record(line.cells().into_iter().map(harmless))
            .map_err(SheetError::Csv)?;
    }
    let bytes = writer.into_inner().map_err(|_| SheetError::Text)?;
    String::from_utf8(bytes).map_err(|_| SheetError::Text)
}

fn json_of<L: Line>(lines: &[L], piece: Piece) -> Result<String, SheetError> {
    let mut text = String::new();
    if piece.is_first {
        text.push('[');
    }
    for (number, line) in lines.iter().enumerate() {
        text.push_str(if piece.is_first && number == 0 { "\n" } else { ",\n" });
        text.push_str(&serde_json::to_string(line)?);
    }
    if piece.is_last {
        text.push_str("\n]\n");
    }
    Ok(text)
}

/// A cell that no spreadsheet computes: an apostrophe before what begins a formula makes it text.
pub(crate) fn harmless(cell: String) -> String {
    /// What begins a formula, also in the width of East Asian letters, or hides what does.
    const BEGINS: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '|', '＝', '＋', '－', '＠'];
    if cell.trim_start_matches([' ', '\u{a0}', '\u{feff}']).starts_with(BEGINS) {
        return format!("'{cell}");
    }
    cell
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::lines::{BuildingLine, Kind};
    use super::*;

    fn line(body: &str) -> BuildingLine {
        BuildingLine {
            body: Some(body.to_owned()),
            ..BuildingLine::new("2026-05-01T10:00:00Z".to_owned(), Kind::Message)
        }
    }

    fn whole(bodies: &[Vec<String>], format: Format) -> String {
        let last = bodies.len() - 1;
        let pieces = bodies.iter().enumerate().map(|(number, bodies)| {
            let lines: Vec<BuildingLine> = bodies.iter().map(|body| line(body)).collect();
            let which = Piece {
                is_first: number == 0,
                is_last: number == last,
            };
            piece(&lines, format, which).unwrap()
        });
        pieces.collect()
    }

    #[test]
    fn what_begins_a_formula_is_text() {
        for bad in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            " =1",
            "\u{feff}=1",
            "|cmd",
            "＝1",
            "-",
            "=HYPERLINK(\"http://x\")",
            "=cmd|' /C calc'!A0",
        ] {
            assert_eq!(harmless(bad.to_owned()), format!("'{bad}"), "{bad:?}");
        }
        for good in [
            "",
            "1",
            "o'neill",
            "a=b",
            "2026-05-01T10:00:00Z",
            "ip:192.0.2.7",
            "x -1",
            "'=1",
        ] {
            assert_eq!(harmless(good.to_owned()), good);
        }
    }

    proptest! {
        #[test]
        fn pieces_put_together_are_one_file_that_reads_back(
            mut bodies in proptest::collection::vec(proptest::collection::vec("[ -~\\r\\n\\tàü=＝\"',]{0,12}", 1..4), 0..3),
            last in proptest::collection::vec("[ -~\\r\\n\\tàü=＝\"',]{0,12}", 0..4),
        ) {
            // Only the last piece may be without lines.
            bodies.push(last);
            let said: Vec<&String> = bodies.iter().flatten().collect();
            let json: serde_json::Value = serde_json::from_str(&whole(&bodies, Format::Json)).unwrap();
            let back: Vec<&str> = json.as_array().unwrap().iter().map(|line| line["body"].as_str().unwrap()).collect();
            prop_assert_eq!(&back, &said);
            let text = whole(&bodies, Format::Csv);
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            prop_assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), BuildingLine::COLUMNS);
            let cells: Vec<String> = reader.records().map(|row| row.unwrap()[4].to_owned()).collect();
            let wanted: Vec<String> = said.iter().map(|body| harmless((*body).clone())).collect();
            prop_assert_eq!(cells, wanted);
        }
    }
}
