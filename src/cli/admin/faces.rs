//! `motorpool admin face`: the key under which the keys of faces lie.
//!
//! Never shows a key, and changes nothing while a server has the key store open.

use clap::Subcommand;
use serde::Serialize;

use super::Place;
use crate::cli::Failure;
use crate::cli::tool::{Missing, Tool, change, say, say_json};
use crate::face::vault::VaultSettings;

/// What to do with it.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum FaceCommand {
    /// Put the key store under a new server key, while no server runs; copies of the old one open nothing new.
    Rekey,
}

#[derive(Debug, Serialize)]
struct Done {
    keys: u64,
    unusable: u64,
}

impl FaceCommand {
    pub(super) fn run(&self, place: &Place) -> Result<(), Failure> {
        let Self::Rekey = self;
        let config = place.store.config()?;
        let tool = Tool::open(&place.store, Missing::Refuse)?;
        let settings = VaultSettings::of(&config.face, &config.server.data);
        let done = settings.rekey().map_err(Failure::failed)?;
        let change = change("face rekey");
        let detail = format!("keys under a new server key: {}", done.keys);
        tool.wait(
            tool.store
                .write(move |conn| change.record(conn, "faces", "ok", Some(detail), None)),
        )?;
        if place.json {
            return say_json(&Done {
                keys: done.keys,
                unusable: done.unusable,
            });
        }
        say(format!(
            "keys under a new server key: {}; keep a copy of it apart from the database",
            done.keys
        ))?;
        if done.unusable > 0 {
            say(format!("damaged slots that stayed as they were: {}", done.unusable))?;
        }
        Ok(())
    }
}
