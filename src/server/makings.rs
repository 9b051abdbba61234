//! What receivers and the house share: telemetry, places, faces, files.

use std::path::PathBuf;
use std::sync::Arc;

use super::{ServerError, services};
use crate::config::Config;
use crate::datasock::receivers::telemetry::Telemetry;
use crate::datasock::receivers::{Makings, Receiver};
use crate::face::Faces;
use crate::file::Files;
use crate::runtime::clock::Clock;
use crate::store::Store;

/// What receivers are made of.
pub(super) async fn makings(
    config: &Config,
    face_program: Option<PathBuf>,
    store: &Store,
    clock: &Clock,
    own: Vec<Arc<dyn Receiver>>,
) -> Result<Makings, ServerError> {
    let limits = &config.limits;
    let (rows, cars) = (limits.telemetry_batch_rows, limits.telemetry_cars);
    let files = Files::open(&config.files, &config.server.data, store.clone(), clock.clone());
    Ok(Makings {
        files: files.map_err(|err| ServerError(format!("the folder of files cannot be made: {err}")))?,
        clock: clock.clone(),
        store: store.clone(),
        telemetry: Telemetry::new(rows, cars, limits.telemetry_rows_per_car),
        places: services::places(config, store, clock).await,
        faces: Faces::new(config, face_program, store.clone()),
        picture_bytes: config.face.picture_bytes,
        own: own.into(),
    })
}
