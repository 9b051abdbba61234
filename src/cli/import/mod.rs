//! `motorpool import`: takes cars and people from CSV files and buildings from JSON into the store, all of them or none.
//!
//! Reads and checks every line of every file first and tells every fault; only then hashes passwords
//! and writes, in one transaction. A running server hears of it through the trail of outside changes.

mod buildings;
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
use self::rules::{Overrulings, Row, check_plates, later_wins};
use self::sheet::{Kind, LINES_MAX, Sheet};
pub(in crate::cli) use self::users::is_email;
use self::write::Stored;
use super::Failure;
use super::flags::StoreFlags;
use super::tool::{self, Missing, Tool, must_exist};
use crate::account::UserDraft;
use crate::fleet::NewCar;
use crate::place::rules::building::Building;

/// Most files of one import.
const FILES_MAX: usize = 100;

/// Flags of `motorpool import`.
#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(flatten)]
    store: StoreFlags,
    /// CSV files of cars or users, told apart by their headers; JSON of buildings, GeoJSON too.
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
    buildings: Vec<Row<Building>>,
    overruled: Overrulings,
}

/// What the files hold, before rows meet.
#[derive(Default)]
struct Files {
    sheets: Vec<Sheet>,
    buildings: Vec<Row<Building>>,
}

impl Files {
    /// Takes the bytes of one file; what it holds shows in its first letter.
    fn take(&mut self, file: &Arc<str>, bytes: &[u8], faults: &mut Faults) {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        match std::str::from_utf8(text) {
            Ok(text) if text.trim_start().starts_with(['{', '[']) => {
                self.buildings
                    .extend(buildings::parse(file, text, faults).into_iter().flatten());
            }
            _ => self.sheets.extend(sheet::parse(file, bytes, faults)),
        }
    }
}

impl Import {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut faults = Faults::default();
        let mut files = Files::default();
        for path in &self.files {
            let file: Arc<str> = path.display().to_string().into();
            if let Some(bytes) = sheet::read(path, &file, &mut faults) {
                files.take(&file, &bytes, &mut faults);
            }
        }
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
        let rows = settle(files, &stored, &mut faults);
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
    let mut shipped = Files::default();
    for (name, text) in files {
        shipped.take(&Arc::from(*name), text.as_bytes(), &mut faults);
    }
    let stored = tool.store.read_blocking(write::stored).map_err(Failure::failed)?;
    let rows = settle(shipped, &stored, &mut faults);
    if !faults.is_empty() {
        return Err(report::refuse(&faults, false));
    }
    let names: Vec<PathBuf> = files.iter().map(|(name, _)| PathBuf::from(name)).collect();
    import(tool, rows, &names).map(drop)
}

/// Reads the lines into rows and lets them meet each other and the store.
fn settle(Files { sheets, buildings }: Files, stored: &Stored, faults: &mut Faults) -> Rows {
    let mut cars = Vec::new();
    let mut people = Vec::new();
    let lines = sheets.iter().map(|sheet| sheet.lines.len()).sum::<usize>();
    let lines = lines.saturating_add(buildings.len());
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
    let (buildings, buildings_overruled) = later_wins(buildings, |building: &Building| &building.id);
    check_plates(&cars, &stored.plates, faults);
    Rows {
        cars,
        users: people,
        buildings,
        overruled: Overrulings {
            cars: cars_overruled,
            users: users_overruled,
            buildings: buildings_overruled,
        },
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
    let buildings: Vec<Building> = rows.buildings.into_iter().map(|row| row.of).collect();
    let change = tool::change("import");
    let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let files = files.join(", ");
    let written = tool
        .store
        .write_blocking(move |conn| write::write(conn, &cars, &users, &buildings, &change, &files))
        .map_err(Failure::failed)?;
    Ok(Report::new(written, rows.overruled))
}
