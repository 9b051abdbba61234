//! `motorpool admin backup`, `restore` and `check`: copies of the database and their soundness.
//!
//! What a sound copy is, is decided by `store::backup`; here are only the doors to it.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::Place;
use crate::cli::Failure;
use crate::cli::tool::{Missing, Tool, change, must_exist, say, say_json};
use crate::store::{DatabaseUrl, StoreError, backup};

/// Writes a copy.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// A file that is not there yet.
    file: PathBuf,
}

/// Puts a copy back.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// A file that `backup` wrote.
    file: PathBuf,
}

/// Looks for damage.
#[derive(Debug, Args)]
pub(super) struct Check {}

/// What was found or done, for programs.
#[derive(Serialize)]
struct Outcome {
    ok: bool,
    file: String,
    bytes: u64,
    migrations: Vec<String>,
}

impl Backup {
    pub(super) fn run(self, place: &Place) -> Result<(), Failure> {
        let tool = Tool::open(&place.store, Missing::Refuse)?;
        let copy = tool.store.backup(&self.file).map_err(Failure::failed)?;
        record(&tool, "admin backup", &self.file)?;
        show(place, "wrote", &self.file, copy)
    }
}

impl Restore {
    pub(super) fn run(self, place: &Place) -> Result<(), Failure> {
        let url = place.store.url()?;
        let copy = backup::restore(&self.file, &url).map_err(Failure::failed)?;
        let tool = Tool::open(&place.store, Missing::Refuse)?;
        record(&tool, "admin restore", &self.file)?;
        show(place, "restored from", &self.file, copy)
    }
}

impl Check {
    pub(super) fn run(self, place: &Place) -> Result<(), Failure> {
        let url = place.store.url()?;
        must_exist(&url)?;
        let DatabaseUrl::Sqlite(path) = &url else {
            return Err(Failure::failed(StoreError::NotYet));
        };
        let sound = backup::check(path).map_err(Failure::failed)?;
        show(place, "sound:", path, sound)
    }
}

/// Leaves the audit event; copies change no row that a server keeps in memory.
fn record(tool: &Tool, what: &str, file: &std::path::Path) -> Result<(), Failure> {
    let change = change(what);
    let detail = Some(file.display().to_string());
    tool.store
        .write_blocking(move |conn| change.record(conn, "", "ok", detail, None))
        .map_err(Failure::failed)
}

fn show(place: &Place, what: &str, file: &std::path::Path, copy: backup::Backup) -> Result<(), Failure> {
    let outcome = Outcome {
        ok: true,
        file: file.display().to_string(),
        bytes: copy.bytes,
        migrations: copy.migrations,
    };
    if place.json {
        return say_json(&outcome);
    }
    let migrations = outcome.migrations.join(", ");
    say(format!(
        "{what} {} ({} bytes, migrations {migrations})",
        outcome.file, outcome.bytes
    ))
}
