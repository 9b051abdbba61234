//! Which units recognise faces by themselves: a setting for each, read at every use.
//!
//! A trusted unit sends a ready embedding instead of frames. Nothing here sees the face then, so there is no liveness,
//! and the PIN is always asked for.

use serde::{Deserialize, Serialize};

use crate::booking::CarId;
use crate::error::Error;
use crate::house::House;
use crate::store::change::Change;
use crate::store::setting::{setting_delete, setting_find, setting_put};

/// The kind of these settings.
const KIND: &str = "faceunit";

/// What is kept of a trusted unit.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Trusted {
    /// By whom.
    by: String,
}

fn name_of(car: CarId) -> String {
    format!("{KIND}:{car}")
}

/// Whether the unit of a car is trusted now.
pub(super) async fn is_trusted(house: &House, car: CarId) -> Result<bool, Error> {
    let name = name_of(car);
    let found: Option<Trusted> = house.store.read(move |conn| setting_find(conn, &name)).await?;
    Ok(found.is_some())
}

/// Trusts it, or trusts it no more; says whether that changed something.
pub(super) async fn put(
    house: &House,
    car: CarId,
    is_trusted: bool,
    change: Change,
    answer: impl FnOnce(bool) -> Option<Vec<u8>> + Send + 'static,
) -> Result<bool, Error> {
    let name = name_of(car);
    let written = house.store.write(move |conn| {
        let was_trusted = setting_find::<Trusted>(conn, &name)?.is_some();
        if is_trusted && !was_trusted {
            let by = change.who.clone();
            setting_put(conn, &name, &Trusted { by }, change.at)?;
        } else if !is_trusted {
            setting_delete(conn, &name)?;
        }
        let changed = was_trusted != is_trusted;
        let result = if changed { "ok" } else { "unchanged" };
        change.record(conn, &format!("car:{car}"), result, None, answer(changed).as_deref())?;
        Ok(changed)
    });
    Ok(written.await?)
}
