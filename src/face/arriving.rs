//! Pictures as they arrive, by whichever door: who may send them, and onto the shelf.
//!
//! Nothing is looked at here but the size: reading pictures is the face worker's, when a command names them.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::faces::Faces;
use crate::error::Error;
use crate::registry::Standing;
use crate::runtime::metrics::{pictures_refused, pictures_waiting};
use crate::wire::ErrorCode;

/// A picture that waits, as its sender is told.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Arrived {
    /// What commands call it.
    id: Arc<str>,
    bytes: usize,
    /// Until when it waits.
    expires_at: String,
}

/// Units of cars and people who signed in; rights can be taken away while a connection lasts.
pub(crate) fn may_send(standing: &Standing) -> Result<(), Error> {
    if standing.car.is_some() || standing.user.is_some() {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::Forbidden,
        "pictures are for units of cars, and for people who signed in",
    ))
}

impl Faces {
    /// Puts a picture onto the shelf, for commands of who sent it.
    pub(crate) fn arrive(
        &self,
        standing: &Standing,
        challenge: Option<String>,
        data: Bytes,
        now: Timestamp,
    ) -> Result<Arrived, Error> {
        let arrived = self.put(standing, challenge, data, now);
        if let Err(err) = &arrived {
            pictures_refused(err.code().as_str());
        }
        arrived
    }

    fn put(
        &self,
        standing: &Standing,
        challenge: Option<String>,
        data: Bytes,
        now: Timestamp,
    ) -> Result<Arrived, Error> {
        if data.is_empty() {
            return Err(Error::new(ErrorCode::BadArguments, "got a picture of 0 bytes"));
        }
        let id: Arc<str> = Arc::from(format!("p-{}", uuid::Uuid::new_v4().simple()));
        let mut shelf = self.shelf();
        let picture = shelf.put(&standing.album, id, challenge, data, now)?;
        let (expires_at, waiting) = (shelf.expires_at(&picture), shelf.bytes());
        drop(shelf);
        pictures_waiting(waiting);
        // Soon a command will name it.
        self.analyser().wake();
        Ok(Arrived {
            id: picture.id,
            bytes: picture.data.len(),
            expires_at: expires_at.to_string(),
        })
    }
}
