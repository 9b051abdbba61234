//! Handles on all that has to do with faces: one struct, for the house and for the datasock of pictures.
//!
//! It holds no rule of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::SignedDuration;

use super::shelf::{Shelf, ShelfError, ShelfLimits};
use crate::config::FaceConfig;
use crate::error::Error;
use crate::wire::ErrorCode;

/// Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Faces {
    is_enabled: bool,
    shelf: Arc<Mutex<Shelf>>,
}

impl Faces {
    /// As configured; nothing is started yet.
    pub(crate) fn new(config: &FaceConfig) -> Self {
        let limits = ShelfLimits {
            per_client: config.pictures_per_client,
            bytes: config.pictures_bytes,
            wait: SignedDuration::from_secs(i64::try_from(config.picture_seconds).unwrap_or(i64::MAX)),
        };
        Self {
            is_enabled: config.enabled,
            shelf: Arc::new(Mutex::new(Shelf::new(limits))),
        }
    }

    /// The pictures that wait; held for a moment only.
    pub(crate) fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether faces are looked at here at all.
    pub(crate) fn is_enabled(&self) -> bool {
        self.is_enabled
    }
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
