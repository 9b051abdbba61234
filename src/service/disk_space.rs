//! `disk-space`: looks how much of the disk is free, and gives up what is put by when it is nearly full.

use std::time::Duration;

use super::recipe::{Repeating, Rhythm};
use crate::error::Error;
use crate::house::House;

/// From look to look: a full disk is noticed in time for the next login.
const EVERY: Duration = Duration::from_millis(250);

/// Remembers how it stood, to say when that changes.
pub(crate) struct DiskSpace {
    was_tight: bool,
}

impl Repeating for DiskSpace {
    const NAME: &'static str = "disk-space";

    fn rhythm(house: &House) -> Rhythm {
        Rhythm {
            is_enabled: house.config.files.enabled,
            ..Rhythm::every(EVERY)
        }
    }

    fn fresh(_house: &House) -> Self {
        Self { was_tight: false }
    }

    async fn round(&mut self, house: &House) -> Result<String, Error> {
        let space = house.files.look_at_space().await?;
        let changed = space.is_tight != self.was_tight;
        self.was_tight = space.is_tight;
        Ok(match (changed, space.is_tight) {
            (false, _) => String::new(),
            (true, true) => format!("{} bytes are free: what was put by is given up", space.free),
            (true, false) => "there is room again".to_owned(),
        })
    }
}
