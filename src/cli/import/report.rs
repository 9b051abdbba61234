//! What an import tells at its end: a table for people, one JSON object for programs.
//!
//! Faults go to standard error, one a line; the last line says that nothing was written.

use serde::Serialize;

use super::fault::Faults;
use super::rules::{Overruled, Overrulings};
use super::write::{Tally, Written};
use crate::cli::Failure;
use crate::cli::table::table;
use crate::cli::tool::{note, say, say_json};

/// Most overruled rows told one by one.
const OVERRULED_TOLD_MAX: usize = 50;

/// What was done.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    ok: bool,
    cars: Tally,
    users: Tally,
    buildings: Tally,
    /// Cars whose position stayed, because somebody has booked them.
    positions_kept: Vec<String>,
    cars_overruled: Vec<Overruled>,
    users_overruled: Vec<Overruled>,
    buildings_overruled: Vec<Overruled>,
}

#[derive(Serialize)]
struct Refusal<'a> {
    ok: bool,
    #[serde(flatten)]
    faults: &'a Faults,
}

impl Report {
    pub(super) fn new(written: Written, overruled: Overrulings) -> Self {
        let tally = |tally: Tally, overruled: &[Overruled]| Tally {
            later_wins: overruled.len(),
            ..tally
        };
        Self {
            ok: true,
            cars: tally(written.cars, &overruled.cars),
            users: tally(written.users, &overruled.users),
            buildings: tally(written.buildings, &overruled.buildings),
            positions_kept: written.positions_kept,
            cars_overruled: overruled.cars,
            users_overruled: overruled.users,
            buildings_overruled: overruled.buildings,
        }
    }

    pub(super) fn say(&self, is_json: bool) -> Result<(), Failure> {
        if is_json {
            return say_json(self);
        }
        let row = |kind: &str, tally: &Tally| {
            [
                kind.to_owned(),
                tally.added.to_string(),
                tally.changed.to_string(),
                tally.unchanged.to_string(),
                tally.later_wins.to_string(),
            ]
        };
        let rows = [
            row("cars", &self.cars),
            row("users", &self.users),
            row("buildings", &self.buildings),
        ];
        say(table(["", "added", "changed", "unchanged", "later wins"], rows))?;
        let overruled: Vec<_> = self
            .cars_overruled
            .iter()
            .map(|row| ("car", row))
            .chain(self.users_overruled.iter().map(|row| ("user", row)))
            .chain(self.buildings_overruled.iter().map(|row| ("building", row)))
            .collect();
        for (kind, row) in overruled.iter().take(OVERRULED_TOLD_MAX) {
            say(format!("{kind} `{}`: {} wins over {}", row.id, row.later, row.earlier))?;
        }
        if let Some(more) = overruled.len().checked_sub(OVERRULED_TOLD_MAX).filter(|more| *more > 0) {
            say(format!("and {more} more rows that a later one overruled"))?;
        }
        if !self.positions_kept.is_empty() {
            let cars = self.positions_kept.join(", ");
            say(format!("booked cars stay where they are: {cars}"))?;
        }
        Ok(())
    }
}

/// Tells the faults.
pub(super) fn refuse(faults: &Faults, is_json: bool) -> Failure {
    if is_json && let Err(failure) = say_json(&Refusal { ok: false, faults }) {
        return failure;
    }
    if let ([fault], 0) = (faults.faults.as_slice(), faults.more) {
        return Failure::failed(format!("{fault}; nothing was imported"));
    }
    for fault in &faults.faults {
        note(fault);
    }
    if faults.more > 0 {
        note(format!("and {} more", faults.more));
    }
    Failure::failed(format!("{} faults; nothing was imported", faults.count()))
}
