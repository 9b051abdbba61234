//! `bot-schedules`: has bots say what they have scheduled, and passes on what an end of the process held up.
//!
//! While it is off, or the server is down, runs are missed: each schedule goes on with its next time and counts them.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::recipe::{Repeating, Rhythm};
use crate::bot::commands::pass_on_or_later;
use crate::bot::{schedules, speech};
use crate::error::Error;
use crate::house::House;

/// Runs in one round, and messages that are passed on belatedly.
const ROUND_MAX: i64 = 100;
/// What was written so long ago and not passed on is not on its way any more.
const ON_ITS_WAY_MAX: SignedDuration = SignedDuration::from_secs(30);
/// What is older than this is not worth passing on.
const WORTH_MAX: SignedDuration = SignedDuration::from_mins(15);

/// Holds nothing: what is due is in the store.
pub(crate) struct BotSchedules;

impl Repeating for BotSchedules {
    const NAME: &'static str = "bot-schedules";

    fn rhythm(house: &House) -> Rhythm {
        Rhythm::every(Duration::from_millis(house.config.bots.schedule_ms))
    }

    fn fresh(_house: &House) -> Self {
        Self
    }

    async fn round(&mut self, house: &House) -> Result<String, Error> {
        let now = house.clock.now();
        let again = belated(house, now).await?;
        let due = schedules::run_due(&house.store, now, ROUND_MAX).await?;
        for said in &due {
            pass_on_or_later(house, said, "schedule").await;
        }
        Ok(match (due.len(), again) {
            (0, 0) => String::new(),
            (runs, 0) => format!("{runs} runs"),
            (runs, again) => format!("{runs} runs, {again} messages passed on belatedly"),
        })
    }
}

/// What was written down and not passed on, because the process ended in between.
async fn belated(house: &House, now: Timestamp) -> Result<usize, Error> {
    let before = now.saturating_sub(ON_ITS_WAY_MAX).unwrap_or(Timestamp::MIN);
    // What was written before this life of the server is on nobody's way.
    let before = before.max(house.started_at);
    let held_up = speech::untold(&house.store, before, ROUND_MAX).await?;
    for said in &held_up {
        if now.duration_since(said.at) > WORTH_MAX {
            speech::told(&house.store, said.id, 0).await?;
        } else {
            pass_on_or_later(house, said, "again").await;
        }
    }
    Ok(held_up.len())
}
