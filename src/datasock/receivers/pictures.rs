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
use crate::face::arriving::{Arrived, may_send};
use crate::registry::Standing;
use crate::runtime::metrics::pictures_refused;
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
struct Answer {
    picture: Arrived,
}

impl Receiver for Pictures {
    fn name(&self) -> &'static str {
        "pictures"
    }

    fn admits(&self, standing: &Standing) -> Result<(), Error> {
        may_send(standing)
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
            pictures_refused(ErrorCode::BadArguments.as_str());
            let message = format!("wanted {{\"picture\": {{\"data\": bytes, \"challenge\"?: text}}}}: {err}");
            Error::new(ErrorCode::BadArguments, message)
        })?;
        let Shot { data, challenge } = sent.picture;
        let (data, now) = (Bytes::from(data.into_vec()), connection.clock.now());
        let picture = self.faces.arrive(&connection.standing, challenge, data, now)?;
        connection.say(&Answer { picture });
        Ok(())
    }
}
