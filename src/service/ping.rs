//! `ping`: keeps the timing wheels of the shards turning, which ping the silent and close the vanished.
//!
//! The wheels live beside the sockets; each round here lets them turn for a while longer. While it is off they rest:
//! nobody is pinged and nobody is closed for silence. When it is on again everybody counts as just heard.

use std::time::Duration;

use super::recipe::{Repeating, Rhythm};
use crate::error::Error;
use crate::house::House;
use crate::shard::PingState;

/// Longest time between two rounds.
const EVERY_MAX: Duration = Duration::from_secs(1);
/// Beyond a few rounds: a busy moment is no reason for the wheels to rest.
const SPARE: Duration = Duration::from_secs(5);

/// Remembers what the wheels had done at the round before.
pub(crate) struct Ping {
    seen: PingState,
    lease: Duration,
}

impl Repeating for Ping {
    const NAME: &'static str = "ping";

    fn rhythm(house: &House) -> Rhythm {
        let silence = Duration::from_millis(house.config.limits.idle_ping_ms);
        Rhythm::every((silence / 2).min(EVERY_MAX))
    }

    fn fresh(house: &House) -> Self {
        Self {
            seen: house.shards.pings().state(),
            lease: Self::rhythm(house).every * 3 + SPARE,
        }
    }

    async fn round(&mut self, house: &House) -> Result<String, Error> {
        let pings = house.shards.pings();
        pings.turn_for(self.lease);
        let now = pings.state();
        let (pinged, closed) = (now.pings - self.seen.pings, now.closed - self.seen.closed);
        self.seen = now;
        Ok(match (pinged, closed) {
            (0, 0) => String::new(),
            _ => format!("{pinged} of {} pinged, {closed} closed", now.sessions),
        })
    }
}
