//! Handles on all that has to do with faces: one struct, for the house and for the datasock of pictures.
//!
//! It holds no rule of its own.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::analyser::{Analyser, AnalyserOptions};
use super::consent::ConsentText;
use super::door::Door;
use super::shelf::{Shelf, ShelfError, ShelfLimits};
use super::vault::{Vault, VaultSettings};
use crate::config::Config;
use crate::error::Error;
use crate::message::allowance::{Allowance, Rate};
use crate::runtime::Gate;
use crate::store::Store;
use crate::wire::ErrorCode;

/// How often a person may have pictures looked at that stay: as a page does while it shows what the camera sees.
const LOOKS: Rate = Rate {
    burst: 10,
    per_minute: 120,
};

/// Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Faces {
    is_enabled: bool,
    shelf: Arc<Mutex<Shelf>>,
    door: Arc<Mutex<Door>>,
    attempts: Gate,
    looks: Arc<Mutex<Allowance>>,
    analyser: Analyser,
    vault: Vault,
    /// Or why there is none.
    consent: Arc<Result<ConsentText, String>>,
}

impl Faces {
    /// As configured; no process is started yet. `program` is a motorpool that can be the worker, if there is one.
    pub(crate) fn new(config: &Config, program: Option<PathBuf>, store: Store) -> Self {
        let vault = Vault::new(store, VaultSettings::of(&config.face, &config.server.data));
        let analyser = Analyser::new(AnalyserOptions::of(config, program));
        let config = &config.face;
        let limits = ShelfLimits {
            per_client: config.pictures_per_client,
            bytes: config.pictures_bytes,
            wait: SignedDuration::from_secs(i64::try_from(config.picture_seconds).unwrap_or(i64::MAX)),
        };
        Self {
            is_enabled: config.enabled,
            shelf: Arc::new(Mutex::new(Shelf::new(limits))),
            door: Arc::new(Mutex::new(Door::new(config))),
            looks: Arc::new(Mutex::new(Allowance::new(LOOKS))),
            attempts: Gate::new("face_unlocks", config.attempts, config.attempts_waiting),
            analyser,
            vault,
            consent: Arc::new(consent_text(config.consent_text.as_deref())),
        }
    }

    /// The pictures that wait; held for a moment only.
    pub(crate) fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds faces in pictures.
    pub(crate) fn analyser(&self) -> &Analyser {
        &self.analyser
    }

    /// Templates, and what may be done with them.
    pub(crate) fn vault(&self) -> &Vault {
        &self.vault
    }

    /// What people agree to before their face is kept.
    pub(crate) fn consent_text(&self) -> Result<&ConsentText, Error> {
        let text = self.consent.as_ref().as_ref();
        text.map_err(|why| Error::new(ErrorCode::Unavailable, why.clone()))
    }

    /// Challenges and misses of the cars; held for a moment only.
    pub(crate) fn door(&self) -> MutexGuard<'_, Door> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody may look at one more picture now, or how long they have to wait.
    pub(crate) fn may_look(&self, who: &str, now: Timestamp) -> Result<(), Duration> {
        let since = Duration::from_micros(u64::try_from(now.as_microsecond()).unwrap_or_default());
        let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        looks.take(who, since)
    }

    /// Bounds the unlocks that are looked at at once.
    pub(crate) fn attempts(&self) -> &Gate {
        &self.attempts
    }

    /// Whether faces are looked at here at all.
    pub(crate) fn is_enabled(&self) -> bool {
        self.is_enabled
    }
}

/// The text of the operators' file, or our own. Without the file that was named nobody can agree to anything.
fn consent_text(file: Option<&Path>) -> Result<ConsentText, String> {
    let Some(file) = file else {
        return Ok(ConsentText::own());
    };
    let read = std::fs::read_to_string(file)
        .map_err(|error| format!("the text of face.consent_text cannot be read: {}", error.kind()));
    let text = read.and_then(|text| ConsentText::new(&text));
    if let Err(why) = &text {
        tracing::warn!(file = %file.display(), "No face can be enrolled: {why}.");
    }
    text
}

impl From<ShelfError> for Error {
    fn from(err: ShelfError) -> Self {
        let code = match err {
            ShelfError::TooMany(_) => ErrorCode::NotNow,
            ShelfError::TooLarge(_) => ErrorCode::TooLarge,
            ShelfError::Full => ErrorCode::Busy,
            ShelfError::Unknown(_) => ErrorCode::NotFound,
            ShelfError::Twice(_) => ErrorCode::BadArguments,
        };
        Self::new(code, err.to_string())
    }
}
