//! `motorpool import`: takes cars and people from CSV files into the store, all of them or none.
//!
//! Reads and checks every line of every file first and tells every fault; only then hashes passwords
//! and writes, in one transaction. A running server hears of it through the trail of outside changes.

mod cars;
mod fault;
mod passwords;
mod report;
mod rules;
mod sheet;
#[cfg(test)]
mod tests;
mod users;
mod write;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use self::fault::{Faults, Place};
use self::report::Report;
use self::rules::{Overruled, Row, check_plates, later_wins};
use self::sheet::{Kind, LINES_MAX, Sheet};
pub(in crate::cli) use self::users::is_email;
use self::write::Stored;
use super::Failure;
use super::flags::StoreFlags;
use super::tool::{self, Missing, Tool, must_exist};
use crate::account::UserDraft;
use crate::fleet::NewCar;

/// Most files of one import.
const FILES_MAX: usize = 100;

/// Flags of `motorpool import`.
#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(flatten)]
    store: StoreFlags,
    /// CSV files of cars or users, told apart by their headers.
    #[arg(required = true, value_name = "FILES", num_args = 1..=FILES_MAX)]
    files: Vec<PathBuf>,
    /// One JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

/// The rows of all files, of which the later of two with one id has won.
#[derive(Default)]
struct Rows {
    cars: Vec<Row<NewCar>>,
    users: Vec<Row<UserDraft>>,
    cars_overruled: Vec<Overruled>,
    users_overruled: Vec<Overruled>,
}

impl Import {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut faults = Faults::default();
        let sheets = self
            .files
            .iter()
            .filter_map(|file| sheet::read(file, &mut faults))
            .collect();
        // A store that is not there yet is made only when there is something to write.
        let exists = must_exist(&self.store.url()?).is_ok();
        let tool = exists.then(|| Tool::open(&self.store, Missing::Refuse)).transpose()?;
        let stored = match &tool {
            Some(tool) => tool.store.read_blocking(write::stored).map_err(Failure::failed)?,
            None => Stored {
                roles: users::FIRST_ROLES.iter().map(|role| (*role).to_owned()).collect(),
                plates: Vec::new(),
            },
        };
        let rows = settle(sheets, &stored, &mut faults);
        if !faults.is_empty() {
            faults.sort();
            return Err(report::refuse(&faults, self.json));
        }
        let tool = match tool {
            Some(tool) => tool,
            None => Tool::open(&self.store, Missing::Make)?,
        };
        let report = import(&tool, rows, &self.files)?;
        report.say(self.json)
    }
}

/// Takes files that are inside this program into a new store; for the demo.
pub(in crate::cli) fn shipped(tool: &Tool, files: &[(&str, &str)]) -> Result<(), Failure> {
    let mut faults = Faults::default();
    let parsed = files
        .iter()
        .filter_map(|(name, text)| sheet::parse(&Arc::from(*name), text.as_bytes(), &mut faults));
    let sheets = parsed.collect();
    let stored = tool.store.read_blocking(write::stored).map_err(Failure::failed)?;
    let rows = settle(sheets, &stored, &mut faults);
    if !faults.is_empty() {
        return Err(report::refuse(&faults, false));
    }
    let names: Vec<PathBuf> = files.iter().map(|(name, _)| PathBuf::from(name)).collect();
    import(tool, rows, &names).map(drop)
}

/// Reads the lines into rows and lets them meet each other and the store.
fn settle(sheets: Vec<Sheet>, stored: &Stored, faults: &mut Faults) -> Rows {
    let mut cars = Vec::new();
    let mut people = Vec::new();
    let lines: usize = sheets.iter().map(|sheet| sheet.lines.len()).sum();
    if lines > LINES_MAX {
        let file = Place {
            file: "all files together".into(),
            line: None,
        };
        faults.add(
            file,
            None,
            format!("have {lines} lines, one import takes {LINES_MAX} at most"),
        );
        return Rows::default();
    }
    for sheet in sheets {
        for line in sheet.lines {
            match sheet.kind {
                Kind::Cars => cars.extend(cars::car(&line, faults).map(|of| Row { place: line.place, of })),
                Kind::Users => {
                    people.extend(users::user(&line, &stored.roles, faults).map(|of| Row { place: line.place, of }))
                }
            }
        }
    }
    let (cars, cars_overruled) = later_wins(cars, |car: &NewCar| &car.name);
    let (people, users_overruled) = later_wins(people, |user: &UserDraft| &user.username);
    check_plates(&cars, &stored.plates, faults);
    Rows {
        cars,
        users: people,
        cars_overruled,
        users_overruled,
    }
}

/// Hashes and writes what was found good.
fn import(tool: &Tool, rows: Rows, files: &[PathBuf]) -> Result<Report, Failure> {
    let names: Vec<String> = rows.users.iter().map(|row| row.of.username.clone()).collect();
    let hashes = tool
        .store
        .read_blocking(|conn| write::password_hashes(conn, &names))
        .map_err(Failure::failed)?;
    let users = passwords::hash_all(rows.users, &hashes)?;
    let cars: Vec<NewCar> = rows.cars.into_iter().map(|row| row.of).collect();
    let change = tool::change("import");
    let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let files = files.join(", ");
    let written = tool
        .store
        .write_blocking(move |conn| write::write(conn, &cars, &users, &change, &files))
        .map_err(Failure::failed)?;
    Ok(Report::new(written, rows.cars_overruled, rows.users_overruled))
}
