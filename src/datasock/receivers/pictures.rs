//! `pictures`: frames of cameras and pictures of people, onto the shelf, each acknowledged with its id.
//!
//! Units of cars and people who signed in may send. Nothing is looked at here but the size: reading pictures is the
//! face worker's, when a command names them.

use std::sync::Arc;

use ::bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{Connection, Makings, Receiver};
use crate::error::Error;
use crate::face::Faces;
use crate::registry::Standing;
use crate::runtime::metrics::{pictures_refused, pictures_waiting};
use crate::wire::{self, ErrorCode, ScanLimits};

/// What an item has beside the picture: two keys, the challenge.
const HEAD_MAX: usize = 512;
/// Items of a frame: two maps, their keys and values.
const ITEMS_MAX: usize = 16;

/// Reads pictures.
struct Pictures {
    faces: Faces,
    picture_bytes: usize,
}

pub(super) fn make(makings: &Makings) -> Arc<dyn Receiver> {
    Arc::new(Pictures {
        faces: makings.faces.clone(),
        picture_bytes: makings.picture_bytes,
    })
}

/// One frame.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    picture: Shot,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shot {
    data: ByteBuf,
    challenge: Option<String>,
}

/// The answer as it travels.
#[derive(Serialize)]
struct Answer<'a> {
    picture: Stored<'a>,
}

#[derive(Serialize)]
struct Stored<'a> {
    id: &'a str,
    bytes: usize,
    expires_at: String,
}

impl Receiver for Pictures {
    fn name(&self) -> &'static str {
        "pictures"
    }

    fn admits(&self, standing: &Standing) -> Result<(), Error> {
        if standing.car.is_some() || standing.user.is_some() {
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::Forbidden,
            "pictures are for units of cars, and for people who signed in",
        ))
    }

    fn serve<'a>(&'a self, connection: &'a mut Connection) -> LocalBoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let bytes_max = self.picture_bytes.saturating_add(HEAD_MAX);
            let limits = ScanLimits {
                items_max: ITEMS_MAX,
                ..ScanLimits::default()
            };
            let mut number = 0_u64;
            while let Some(item) = connection.item(bytes_max).await? {
                number = number.saturating_add(1);
                connection.count(1);
                wire::scan(&item, limits).map_err(|err| Error::new(ErrorCode::BadFrame, err.to_string()))?;
                // Rights can be taken away while a connection lasts.
                self.admits(&connection.standing)?;
                if let Err(err) = self.put(connection, &item) {
                    pictures_refused(err.code().as_str());
                    connection.refuse(&err, number);
                }
            }
            Ok(())
        })
    }
}

impl Pictures {
    fn put(&self, connection: &Connection, item: &[u8]) -> Result<(), Error> {
        let sent: Sent = wire::from_cbor(item).map_err(|err| {
            let message = format!("wanted {{\"picture\": {{\"data\": bytes, \"challenge\"?: text}}}}: {err}");
            Error::new(ErrorCode::BadArguments, message)
        })?;
        let Shot { data, challenge } = sent.picture;
        if data.is_empty() {
            return Err(Error::new(ErrorCode::BadArguments, "got a picture of 0 bytes"));
        }
        let id: Arc<str> = Arc::from(format!("p-{}", uuid::Uuid::new_v4().simple()));
        let (client, now) = (&connection.standing.client_id, connection.clock.now());
        let data = Bytes::from(data.into_vec());
        let mut shelf = self.faces.shelf();
        let picture = shelf.put(client, id, challenge, data, now)?;
        let (expires_at, waiting) = (shelf.expires_at(&picture), shelf.bytes());
        drop(shelf);
        pictures_waiting(waiting);
        // Soon a command will name it.
        self.faces.analyser().wake();
        let picture = Stored {
            id: &picture.id,
            bytes: picture.data.len(),
            expires_at: expires_at.to_string(),
        };
        connection.say(&Answer { picture });
        Ok(())
    }
}
