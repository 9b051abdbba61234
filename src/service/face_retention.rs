//! `face-retention`: erases the faces of people who were not recognised for long, with receipts, as the configuration says.
//!
//! A few people a round, so that nobody waits long for a change of their own.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::recipe::{Repeating, Rhythm};
use crate::error::Error;
use crate::house::House;
use crate::store::change::Change;

/// People whose faces go in one round.
const PEOPLE_MAX: i64 = 50;

/// Holds nothing but the way to the vault.
pub(crate) struct FaceRetention;

impl Repeating for FaceRetention {
    const NAME: &'static str = "face-retention";

    fn rhythm(house: &House) -> Rhythm {
        let face = &house.config.face;
        Rhythm {
            is_enabled: face.enabled && face.retention_days > 0,
            ..Rhythm::every(Duration::from_secs(house.config.services.retention_seconds))
        }
    }

    fn fresh(_house: &House) -> Self {
        Self
    }

    async fn round(&mut self, house: &House) -> Result<String, Error> {
        let days = house.config.face.retention_days;
        if days == 0 {
            return Ok(String::new());
        }
        let now = house.clock.now();
        let change = Change {
            at: now,
            who: "service:face-retention".to_owned(),
            what: Self::NAME.to_owned(),
            request: None,
        };
        let gone = house
            .faces
            .vault()
            .expire(days_ago(now, days), PEOPLE_MAX, &change)
            .await?;
        Ok(match gone.len() {
            0 => String::new(),
            people => format!("erased the faces of {people} people"),
        })
    }
}

fn days_ago(now: Timestamp, days: u64) -> Timestamp {
    let hours = i64::try_from(days.saturating_mul(24)).unwrap_or(i64::MAX / 3_600);
    now.checked_sub(SignedDuration::from_hours(hours))
        .unwrap_or(Timestamp::MIN)
}
