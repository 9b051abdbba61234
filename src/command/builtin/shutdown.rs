//! `s.shutdown()`: ends the server, when said twice.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Askers remembered at a time; one more pushes out the oldest, who just has to ask again.
const ASKED_MAX: usize = 64;

/// Who has asked once, and when.
#[derive(Debug, Default)]
pub(crate) struct Confirmations(Mutex<Vec<(String, Timestamp)>>);

impl Confirmations {
    /// Whether this is the second time within the bound.
    fn is_confirmed(&self, who: String, now: Timestamp, within: SignedDuration) -> bool {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        asked.retain(|(_, at)| now.duration_since(*at) <= within);
        if let Some(at) = asked.iter().position(|(one, _)| *one == who) {
            asked.remove(at);
            return true;
        }
        if asked.len() >= ASKED_MAX {
            asked.remove(0);
        }
        asked.push((who, now));
        false
    }
}

/// Shuts the server down. Say it twice within 30 s.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Shutdown {}

impl Command for Shutdown {
    const NAME: &'static str = "s.shutdown";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Admin;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let now = house.clock.now();
        let within_ms = house.config.limits.confirm_ms;
        let within = SignedDuration::from_millis(i64::try_from(within_ms).unwrap_or(i64::MAX));
        if !house.confirmations.is_confirmed(caller.standing.who(), now, within) {
            return Ok(format!(
                "Repeat s.shutdown() within {} s to shut the server down",
                within.as_secs()
            ));
        }
        let change = caller.change(now);
        house
            .store
            .write(move |conn| change.record(conn, "", "ok", None, None))
            .await?;
        house.stop.send_replace(true);
        Ok("The server is shutting down".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_second_ask_of_the_same_caller_in_time_counts() {
        let within = SignedDuration::from_secs(30);
        let at = |second| Timestamp::from_second(second).unwrap();
        let asked = Confirmations::default();
        assert!(!asked.is_confirmed("user:1".into(), at(0), within));
        assert!(!asked.is_confirmed("user:2".into(), at(1), within), "somebody else's");
        assert!(asked.is_confirmed("user:1".into(), at(30), within));
        assert!(!asked.is_confirmed("user:1".into(), at(30), within), "used up");
        assert!(!asked.is_confirmed("user:1".into(), at(61), within), "too late");
    }
}
