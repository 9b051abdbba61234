//! `motorpool admin log`: what a person did, or what happened in a building, as a table, as CSV or as JSON.
//!
//! Reads page by page, so that a long log costs no memory. Who looks leaves an audit event, as in a running server.

use std::io::Write as _;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::Place;
use crate::account::Accounts;
use crate::cli::Failure;
use crate::cli::table::table;
use crate::cli::tool::{Missing, Tool, change, note, say};
use crate::journal::cursor::Cursor;
use crate::journal::lines::{BuildingLine, Kind, Line, PersonLine};
use crate::journal::sheet::{self, Piece};
use crate::journal::timeline::{Person, Wanted, of_building, of_person};
use crate::runtime::clock;
use crate::store::{AnyConn, StoreError};

/// Lines of a table unless said.
const TABLE_LINES: usize = 100;
/// Lines read at once.
const PAGE_LINES: usize = 500;
/// Bytes read at once, about.
const PAGE_BYTES: usize = 1_048_576;

/// Flags of `motorpool admin log`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("whose").required(true).args(["person", "building"]))]
pub(super) struct Log {
    /// What this person did: sign-ins, movements, messages sent.
    #[arg(long, value_name = "USERNAME")]
    person: Option<String>,
    /// What bots said in this building, and who came and left.
    #[arg(long, value_name = "ID")]
    building: Option<String>,
    /// Only from this instant on, such as 2026-05-01T10:00:00Z.
    #[arg(long, value_name = "INSTANT")]
    since: Option<Timestamp>,
    /// Only before this instant.
    #[arg(long, value_name = "INSTANT")]
    until: Option<Timestamp>,
    /// How it is shown [default: table].
    #[arg(long, conflicts_with = "json")]
    format: Option<Format>,
    /// At most so many lines, the newest [default: 100 in a table, else all].
    #[arg(long, value_name = "LINES", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// The texts of a person's messages too.
    #[arg(long, conflicts_with = "building")]
    texts: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Csv,
    Json,
}

impl Log {
    pub(super) fn run(self, place: &Place) -> Result<(), Failure> {
        let tool = Tool::open(&place.store, Missing::Refuse)?;
        let format = match self.format {
            Some(format) => format,
            None if place.json => Format::Json,
            None => Format::Table,
        };
        let lines = self.limit.and_then(|limit| usize::try_from(limit).ok());
        let mut reading = Reading {
            tool: &tool,
            wanted: Wanted {
                since: self.since.map(clock::micros),
                until: self.until.map(clock::micros),
                after: None,
                kinds: Vec::new(),
                lines_max: PAGE_LINES,
                bytes_max: PAGE_BYTES,
            },
            left: lines.unwrap_or(if format == Format::Table {
                TABLE_LINES
            } else {
                usize::MAX
            }),
        };
        if let Some(building) = self.building {
            reading.wanted.kinds = Kind::OF_BUILDING.to_vec();
            noted(&tool, format!("building:{building}"), None)?;
            let read = |conn: &mut AnyConn, wanted: &Wanted| of_building(conn, &building, None, wanted);
            return shown(reading, format, &building, building_row, read);
        }
        let username = self.person.unwrap_or_default();
        let user = tool.wait(Accounts::beside(tool.store.clone()).user_by_name(&username))?;
        let person = Person {
            user: user.id,
            with_texts: self.texts,
            now: clock::micros(clock::now()),
        };
        reading.wanted.kinds = Kind::OF_PERSON.to_vec();
        noted(&tool, format!("user:{}", user.id), self.texts.then_some("texts"))?;
        let read = |conn: &mut AnyConn, wanted: &Wanted| of_person(conn, person, wanted);
        shown(reading, format, &username, person_row, read)
    }
}

/// Whoever reads a log leaves a trace.
fn noted(tool: &Tool, on_what: String, detail: Option<&'static str>) -> Result<(), Failure> {
    let looked = change("admin log");
    let noted = tool
        .store
        .write_blocking(move |conn| looked.record(conn, &on_what, "looked", detail.map(str::to_owned), None));
    noted.map_err(Failure::failed)
}

/// Which part is read, and how much of it is still to be shown.
struct Reading<'a> {
    tool: &'a Tool,
    wanted: Wanted,
    left: usize,
}

impl Reading<'_> {
    /// The next page; whether it is the last.
    fn page<L: Send + 'static>(
        &mut self,
        read: impl Fn(&mut AnyConn, &Wanted) -> Result<(Vec<L>, Option<Cursor>), StoreError>,
    ) -> Result<(Vec<L>, bool), Failure> {
        self.wanted.lines_max = PAGE_LINES.min(self.left);
        let wanted = &self.wanted;
        let (lines, next) = self
            .tool
            .store
            .read_blocking(|conn| read(conn, wanted))
            .map_err(Failure::failed)?;
        self.left = self.left.saturating_sub(lines.len());
        self.wanted.after = next;
        Ok((lines, next.is_none() || self.left == 0))
    }
}

fn shown<L: Line + Send + 'static>(
    mut reading: Reading<'_>,
    format: Format,
    whose: &str,
    row: fn(L) -> [String; 3],
    read: impl Fn(&mut AnyConn, &Wanted) -> Result<(Vec<L>, Option<Cursor>), StoreError>,
) -> Result<(), Failure> {
    let (mut is_first, mut rows) = (true, Vec::new());
    loop {
        let (lines, is_last) = reading.page(&read)?;
        let format = match format {
            Format::Csv => sheet::Format::Csv,
            Format::Json => sheet::Format::Json,
            Format::Table => {
                rows.extend(lines.into_iter().map(row));
                if is_last {
                    break;
                }
                continue;
            }
        };
        let text = sheet::piece(&lines, format, Piece { is_first, is_last }).map_err(Failure::failed)?;
        match std::io::stdout().write_all(text.as_bytes()) {
            // Who reads with `head` has read enough.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
            written => written.map_err(Failure::failed)?,
        }
        if is_last {
            return Ok(());
        }
        is_first = false;
    }
    if rows.is_empty() {
        note(format!("nothing is in the log of {whose} for that time"));
        return Ok(());
    }
    let count = rows.len();
    say(table(["at", "what", ""], rows))?;
    note(format!("{count} lines"));
    Ok(())
}

fn person_row(line: PersonLine) -> [String; 3] {
    let outside = || "outside of all buildings".to_owned();
    let told = match line.kind {
        Kind::SignIn => format!(
            "by {}, {}",
            line.how.unwrap_or_default(),
            line.building.map_or_else(outside, |building| format!("in {building}"))
        ),
        Kind::SignOut => format!("by {}", line.how.unwrap_or_default()),
        Kind::SignInRefused => format!(
            "{} from {}",
            line.outcome.unwrap_or_default(),
            line.address.unwrap_or_default()
        ),
        Kind::Message => {
            let (characters, people) = (line.characters.unwrap_or_default(), line.recipients.unwrap_or_default());
            line.body
                .unwrap_or_else(|| format!("{characters} characters to {people} people"))
        }
        Kind::Movement | Kind::Entry | Kind::Exit => format!(
            "from {} to {}",
            line.from.unwrap_or_else(outside),
            line.to.unwrap_or_else(outside)
        ),
    };
    [line.at, line.kind.as_str().to_owned(), told]
}

fn building_row(line: BuildingLine) -> [String; 3] {
    let user = line.user.unwrap_or_default();
    let told = match (line.kind, line.from, line.to) {
        (Kind::Entry, Some(from), _) => format!("{user} from {from}"),
        (Kind::Exit, _, Some(to)) => format!("{user} to {to}"),
        (Kind::Entry | Kind::Exit, _, _) => user,
        _ => format!("{}: {}", line.bot.unwrap_or_default(), line.body.unwrap_or_default()),
    };
    [line.at, line.kind.as_str().to_owned(), told]
}
