//! `files`: lets go of uploads nobody went on with, of offers past their end and of files whose room is gone; at its first round
//! of contents that no row tells of.

use std::time::Duration;

use super::recipe::{Repeating, Rhythm};
use crate::error::Error;
use crate::house::House;

/// From round to round.
const EVERY: Duration = Duration::from_secs(60);
/// A round may take so long: the first one walks through all folders of contents.
const TIME_MAX: Duration = Duration::from_secs(600);

/// Knows whether contents were looked at.
pub(crate) struct Files {
    has_swept: bool,
}

impl Repeating for Files {
    const NAME: &'static str = "files";

    fn rhythm(house: &House) -> Rhythm {
        Rhythm {
            is_enabled: house.config.files.enabled,
            time_max: TIME_MAX,
            ..Rhythm::every(EVERY)
        }
    }

    fn fresh(_house: &House) -> Self {
        Self { has_swept: false }
    }

    async fn first_after(&mut self, _house: &House) -> Option<Duration> {
        Some(Duration::ZERO)
    }

    async fn round(&mut self, house: &House) -> Result<String, Error> {
        let swept = if self.has_swept { 0 } else { house.files.sweep().await? };
        self.has_swept = true;
        let gone = house.files.expire().await?;
        Ok(match (swept, gone) {
            (0, 0) => String::new(),
            (swept, gone) => format!("removed {swept} contents without a row, let go of {gone} that had their time"),
        })
    }
}
