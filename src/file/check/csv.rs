//! Rows and columns of a CSV, counted; no field of it is kept.

use std::io::BufRead;

use csv_core::{ReadFieldResult, ReaderBuilder};

use super::{Fault, Report, Shape};

/// Room for a piece of a field, which is written over at once.
const FIELD_BYTES: usize = 4_096;

/// The byte between columns.
pub(super) fn delimiter(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n' | 0) => Some(*byte),
        _ => None,
    }
}

/// Counts what is there, and compares each row.
pub(super) fn look(mut content: impl BufRead, between: Option<&str>, columns: Option<u64>) -> Result<Report, Fault> {
    let between = between.and_then(delimiter).unwrap_or(b',');
    let mut reader = ReaderBuilder::new().delimiter(between).build();
    let mut field = [0; FIELD_BYTES];
    let (mut rows, mut in_row, mut wanted) = (0_u64, 0_u64, columns);
    loop {
        let input = content.fill_buf().map_err(|err| Fault::new(Shape::Csv, None, err))?;
        let (result, taken, _) = reader.read_field(input, &mut field);
        content.consume(taken);
        match result {
            ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull => {}
            ReadFieldResult::Field { record_end } => {
                in_row += 1;
                if !record_end {
                    continue;
                }
                rows += 1;
                let wanted = *wanted.get_or_insert(in_row);
                if in_row != wanted {
                    let reason = format!("got {in_row} columns, wanted {wanted}");
                    return Err(Fault::new(Shape::Csv, Some(rows), reason));
                }
                in_row = 0;
            }
            ReadFieldResult::End => break,
        }
    }
    if rows == 0 {
        return Err(Fault::new(Shape::Csv, None, "there is no row"));
    }
    Ok(Report {
        rows: Some(rows),
        columns: wanted,
        ..Report::of(Shape::Csv)
    })
}
