//! `s.exportusage(since, until, sheet, zone?, after?)`: use as a file of comma-separated values, in pieces.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::counting::Counting;
use super::view::{CarRow, DayRow};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::journal::lines::Line;
use crate::journal::sheet::{Format, Piece, piece};
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Rows of one piece.
const ROWS_MAX: usize = 400;

/// Which rows.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Sheet {
    /// The cars that were used.
    Cars,
    /// The days.
    Days,
}

/// Writes what `s.usage` counts as comma-separated values, in pieces: the contents of all pieces, put together, are the file.
/// A cell that a spreadsheet would take for a formula begins with an apostrophe.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ExportUsage {
    /// From this instant on, RFC 3339.
    since: String,
    /// Before this instant, RFC 3339; at most 366 days later.
    until: String,
    /// `cars` or `days`.
    sheet: Sheet,
    /// IANA name of the time zone of the days; UTC unless said.
    zone: Option<String>,
    /// The `next` of the piece before.
    after: Option<u32>,
}

/// A piece of the file.
#[derive(Debug, Serialize, JsonSchema)]
pub(in super::super) struct SheetPiece {
    /// What the whole file may be called.
    file: &'static str,
    content: String,
    /// Give it as `after` to go on; absent with the last piece.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<usize>,
}

impl Command for ExportUsage {
    const NAME: &'static str = "s.exportusage";
    const CATEGORY: Category = Category::Booking;
    const NEEDS: Permission = Permission::Manager;
    type Reply = SheetPiece;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let counting = Counting::of(&self.since, &self.until, self.zone.as_deref())?;
        let counted = counting.run(house).await?;
        let after = usize::try_from(self.after.unwrap_or_default()).unwrap_or(usize::MAX);
        match self.sheet {
            Sheet::Cars => {
                let cars = counted.usage.cars.iter();
                let rows: Vec<CarRow> = cars.map(|one| CarRow::of(&counted, one)).collect();
                written("usage-cars.csv", &rows, after)
            }
            Sheet::Days => {
                let rows: Vec<DayRow> = counted.usage.days.iter().map(DayRow::from).collect();
                written("usage-days.csv", &rows, after)
            }
        }
    }
}

fn written<L: Line>(file: &'static str, rows: &[L], after: usize) -> Result<SheetPiece, Error> {
    let rest = rows.get(after..).unwrap_or_default();
    let (now, later) = rest.split_at(rest.len().min(ROWS_MAX));
    let which = Piece {
        is_first: after == 0,
        is_last: later.is_empty(),
    };
    let content = piece(now, Format::Csv, which)
        .map_err(|err| Error::new(ErrorCode::Internal, "the sheet cannot be written").cause(err))?;
    Ok(SheetPiece {
        file,
        content,
        next: (!later.is_empty()).then(|| after.saturating_add(now.len())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Number(usize);

    impl Line for Number {
        const COLUMNS: &'static [&'static str] = &["number"];

        fn cells(&self) -> Vec<String> {
            vec![self.0.to_string()]
        }
    }

    #[test]
    fn pieces_put_together_are_the_file() {
        for count in [0, 1, ROWS_MAX, ROWS_MAX + 1, 2 * ROWS_MAX] {
            let rows: Vec<Number> = (0..count).map(Number).collect();
            let (mut whole, mut after, mut pieces) = (String::new(), Some(0), 0);
            while let Some(from) = after {
                let piece = written("f.csv", &rows, from).unwrap();
                whole.push_str(&piece.content);
                after = piece.next;
                pieces += 1;
            }
            let wanted: String = (0..count).map(|number| format!("{number}\r\n")).collect();
            assert_eq!(whole, format!("number\r\n{wanted}"));
            assert_eq!(pieces, count.div_ceil(ROWS_MAX).max(1));
        }
        assert!(written("f.csv", &[Number(1)], 9).unwrap().content.is_empty());
    }
}
