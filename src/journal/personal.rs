//! Everything that is held of one person: shown in pages, and erased in one transaction.
//!
//! Names of tables and columns come from the list of holdings alone; what is asked with is bound.

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, sql_query};

use super::holdings::{By, Fate, HOLDINGS, Holding};
use crate::account::store::{role_exists, user_erase};
use crate::account::{User, UserId};
use crate::file::store::{Erased, files_erase};
use crate::message::store::mail_erase;
use crate::store::{AnyConn, StoreError};
use crate::webhook::store::hook_delete_for_user;

/// Rows that are read at once.
const ROWS_AT_ONCE: i64 = 50;
/// Cells of one page: a frame holds so many items and more.
const CELLS_MAX: usize = 2_000;
/// Bytes of one page; one row may go beyond it.
const PAGE_BYTES_MAX: usize = 16_384;
/// What stands where a name stood.
const ERASED: &str = "erased";
/// The role of an account that is nobody's.
const ROLE_OF_NOBODY: &str = "guest";

/// Where a page begins: the place in the list, and the row there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Place {
    /// Index of the holding.
    pub(crate) holding: usize,
    /// Rows of it that were shown.
    pub(crate) row: i64,
}

/// Rows of one holding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Which.
    pub(crate) holding: Holding,
    /// Each with as many cells as the holding shows.
    pub(crate) rows: Vec<Vec<Option<String>>>,
}

/// What became of one holding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    /// Which.
    pub(crate) holding: Holding,
    /// Rows it was about.
    pub(crate) rows: usize,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// One page of what is held of a person, and where the next begins.
pub(crate) fn shown(conn: &mut AnyConn, person: &User, from: Place) -> Result<(Vec<Shown>, Option<Place>), StoreError> {
    let (mut page, mut cells, mut bytes) = (Vec::new(), 0, 0);
    for (index, holding) in HOLDINGS.iter().enumerate().skip(from.holding) {
        let mut row = if index == from.holding { from.row } else { 0 };
        let mut rows = Vec::new();
        loop {
            let read = rows_of(conn, holding, person, row)?;
            let is_last = i64::try_from(read.len()).is_ok_and(|read| read < ROWS_AT_ONCE);
            for cells_of_row in read {
                if cells >= CELLS_MAX || bytes >= PAGE_BYTES_MAX {
                    page.push(Shown {
                        holding: *holding,
                        rows,
                    });
                    return Ok((page, Some(Place { holding: index, row })));
                }
                cells += cells_of_row.len();
                bytes += cells_of_row.iter().flatten().map(String::len).sum::<usize>();
                rows.push(cells_of_row);
                row += 1;
            }
            if is_last {
                break;
            }
        }
        if !rows.is_empty() {
            page.push(Shown {
                holding: *holding,
                rows,
            });
        }
    }
    Ok((page, None))
}

fn rows_of(
    conn: &mut AnyConn,
    holding: &Holding,
    person: &User,
    skip: i64,
) -> Result<Vec<Vec<Option<String>>>, StoreError> {
    let cells: Vec<String> = holding
        .shown
        .iter()
        .map(|column| format!("CAST(\"{column}\" AS TEXT)"))
        .collect();
    let query = format!(
        "SELECT json_array({}) AS line FROM \"{}\" WHERE \"{}\" = $1 ORDER BY 1 LIMIT $2 OFFSET $3",
        cells.join(", "),
        holding.table,
        holding.by.column()
    );
    let query = sql_query(query);
    let lines: Vec<Line> = match key(holding.by, person) {
        Key::Number(number) => query
            .bind::<BigInt, _>(number)
            .bind::<BigInt, _>(ROWS_AT_ONCE)
            .bind::<BigInt, _>(skip)
            .load(conn)?,
        Key::Words(words) => query
            .bind::<Text, _>(words)
            .bind::<BigInt, _>(ROWS_AT_ONCE)
            .bind::<BigInt, _>(skip)
            .load(conn)?,
    };
    let read = |line: Line| serde_json::from_str(&line.line).map_err(StoreError::refused);
    lines.into_iter().map(read).collect()
}

/// Ends what can end, at this instant. Faces are the vault's to erase, before this; contents of files are to be removed after the commit.
pub(crate) fn erase(conn: &mut AnyConn, person: &User, at: i64) -> Result<(Vec<Ended>, Erased), StoreError> {
    let mut ended = Vec::with_capacity(HOLDINGS.len());
    for holding in HOLDINGS {
        let rows = match holding.fate {
            Fate::Deleted => run(conn, &format!("DELETE FROM \"{}\"", holding.table), holding.by, person)?,
            Fate::Emptied(columns) => {
                let set: Vec<String> = columns.iter().map(|column| format!("\"{column}\" = NULL")).collect();
                let update = format!("UPDATE \"{}\" SET {}", holding.table, set.join(", "));
                run(conn, &update, holding.by, person)?
            }
            Fate::Renamed(column) => {
                let update = format!("UPDATE \"{}\" SET \"{column}\" = '{ERASED}'", holding.table);
                run(conn, &update, holding.by, person)?
            }
            Fate::Kept(_) | Fate::Elsewhere(_) => count(conn, holding, person)?,
        };
        ended.push(Ended {
            holding: *holding,
            rows,
        });
    }
    hook_delete_for_user(conn, person.id)?;
    mail_erase(conn, person.id)?;
    let contents = files_erase(conn, person.id)?;
    let role = if role_exists(conn, ROLE_OF_NOBODY)? {
        ROLE_OF_NOBODY
    } else {
        "user"
    };
    user_erase(conn, person.id, &name_of_nobody(person.id), role, at)?;
    Ok((ended, contents))
}

/// What an account is called whose person was erased.
pub(crate) fn name_of_nobody(id: UserId) -> String {
    format!("{ERASED}-{id}")
}

enum Key {
    Number(i64),
    Words(String),
}

fn key(by: By, person: &User) -> Key {
    match by {
        By::Id(_) => Key::Number(person.id.0),
        By::Who(_) => Key::Words(format!("user:{}", person.id)),
        By::Name(_) => Key::Words(person.username.clone()),
    }
}

fn run(conn: &mut AnyConn, statement: &str, by: By, person: &User) -> Result<usize, StoreError> {
    let query = sql_query(format!("{statement} WHERE \"{}\" = $1", by.column()));
    Ok(match key(by, person) {
        Key::Number(number) => query.bind::<BigInt, _>(number).execute(conn)?,
        Key::Words(words) => query.bind::<Text, _>(words).execute(conn)?,
    })
}

fn count(conn: &mut AnyConn, holding: &Holding, person: &User) -> Result<usize, StoreError> {
    let query = sql_query(format!(
        "SELECT COUNT(*) AS rows FROM \"{}\" WHERE \"{}\" = $1",
        holding.table,
        holding.by.column()
    ));
    let counted: Count = match key(holding.by, person) {
        Key::Number(number) => query.bind::<BigInt, _>(number).get_result(conn)?,
        Key::Words(words) => query.bind::<Text, _>(words).get_result(conn)?,
    };
    Ok(usize::try_from(counted.rows).unwrap_or(0))
}
