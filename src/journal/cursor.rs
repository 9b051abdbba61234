//! Where a page of a log ended: an instant, and the row of that instant.
//!
//! Pure. A log is put together from several tables, newest first; of one instant the table with the higher rank comes
//! first, and in it the row with the higher number. So every row has a place, and the next page begins behind it.

use std::fmt;
use std::str::FromStr;

/// The place of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cursor {
    /// Microseconds since 1970.
    pub(crate) at: i64,
    /// The rank of its table.
    pub(crate) rank: u8,
    /// Its number in there.
    pub(crate) id: i64,
}

/// A text that is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`after` is no `next` of a page before")]
pub(crate) struct NoCursor;

impl Cursor {
    /// What is behind this place in the table of a rank: rows older than the instant, and those of it with a smaller number.
    pub(crate) fn behind(self, rank: u8) -> (i64, i64) {
        let id = match rank.cmp(&self.rank) {
            std::cmp::Ordering::Less => i64::MAX,
            std::cmp::Ordering::Equal => self.id,
            std::cmp::Ordering::Greater => i64::MIN,
        };
        (self.at, id)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.at, self.rank, self.id)
    }
}

impl FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        // What is parsed as a number may have a sign, what is written has none.
        let number = |part: &str| {
            part.parse()
                .ok()
                .filter(|_| part.starts_with(|digit: char| digit.is_ascii_digit()))
        };
        let numbers: Option<Vec<i64>> = text.split('-').map(number).collect();
        match numbers.as_deref() {
            Some(&[at, rank, id]) => {
                let rank = u8::try_from(rank).map_err(|_| NoCursor)?;
                Ok(Self { at, rank, id })
            }
            _ => Err(NoCursor),
        }
    }
}

/// Puts rows of several tables together, each newest first, and cuts after so many rows or bytes, of which there is one
/// row at least. Gives where the next page begins.
pub(crate) fn page<T>(
    tables: Vec<Vec<(Cursor, T)>>,
    rows_max: usize,
    bytes_max: usize,
    bytes_of: impl Fn(&T) -> usize,
) -> (Vec<T>, Option<Cursor>) {
    let mut all: Vec<(Cursor, T)> = tables.into_iter().flatten().collect();
    all.sort_by_key(|(cursor, _)| std::cmp::Reverse(*cursor));
    let (mut page, mut bytes, mut last) = (Vec::new(), 0_usize, None);
    for (cursor, row) in all {
        bytes = bytes.saturating_add(bytes_of(&row));
        if !page.is_empty() && (page.len() >= rows_max || bytes > bytes_max) {
            return (page, last);
        }
        last = Some(cursor);
        page.push(row);
    }
    (page, None)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_place_survives_its_text_and_other_texts_are_none() {
        for (at, rank, id) in [(0, 0, 0), (1_700_000_000_123_456, 2, i64::MAX), (i64::MAX, u8::MAX, 1)] {
            let cursor = Cursor { at, rank, id };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for wrong in [
            "",
            "-",
            "1",
            "1-2",
            "1-2-",
            "1--3",
            "-1-2-3",
            "1-2-3-4",
            "a-2-3",
            "1-256-3",
            "+1-2-3",
            "1-2- 3",
            "99999999999999999999-1-1",
        ] {
            assert_eq!(wrong.parse::<Cursor>(), Err(NoCursor), "{wrong}");
        }
    }

    /// What a table gives that is asked for what is behind a place.
    fn asked(rows: &[Cursor], rank: u8, after: Option<Cursor>, limit: usize) -> Vec<(Cursor, Cursor)> {
        let behind = after.map_or((i64::MAX, i64::MAX), |after| after.behind(rank));
        let mut there: Vec<Cursor> = rows
            .iter()
            .copied()
            .filter(|row| row.rank == rank && (row.at, row.id) < behind)
            .collect();
        there.sort_by_key(|row| std::cmp::Reverse((row.at, row.id)));
        there.truncate(limit);
        there.into_iter().map(|row| (row, row)).collect()
    }

    proptest! {
        #[test]
        fn pages_of_any_size_give_every_row_once_newest_first(
            rows in proptest::collection::btree_set((0_i64..6, 0_u8..3, 1_i64..8), 0..40),
            rows_max in 1_usize..7,
            bytes_max in 0_usize..40,
        ) {
            let rows: Vec<Cursor> = rows.into_iter().map(|(at, rank, id)| Cursor { at, rank, id }).collect();
            let (mut told, mut after) = (Vec::new(), None);
            loop {
                let tables = (0..3).map(|rank| asked(&rows, rank, after, rows_max + 1)).collect();
                let (some, next) = page(tables, rows_max, bytes_max, |row| usize::from(row.rank) * 10);
                prop_assert!(some.len() <= rows_max);
                prop_assert!(next.is_none() || !some.is_empty());
                told.extend(some);
                match next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
            let mut wanted = rows;
            wanted.sort_by_key(|row| std::cmp::Reverse(*row));
            prop_assert_eq!(told, wanted);
        }
    }
}
