//! `s.mute(client, reason?, minutes?)`: takes the word away for a time.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;

use super::notice::Notice;
use super::others;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::Whom;
use crate::registry::mutes::{Mute as Muted, MuteError};
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// How long a mute lasts where nothing is said, in minutes.
const MINUTES_DEFAULT: i64 = 60;
/// How long it may last, in minutes: 30 days.
const MINUTES_MAX: i64 = 30 * 24 * 60;

/// Takes the word away from a client until an end: what it says is refused, its calls, requests and answers go on. Holds over reconnects of its account, key or client id while the server runs. An admin is muted by admins only.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Mute {
    /// Name or id of the client.
    client: String,
    /// Why, as the client is told; at most 120 characters.
    reason: Option<String>,
    /// For how long, 1 to 43200; left out, 60.
    minutes: Option<i64>,
}

impl Command for Mute {
    const NAME: &'static str = "s.mute";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let reason = others::reason(self.reason)?;
        let minutes = minutes(self.minutes)?;
        let other = others::find(house, &self.client).await?;
        others::may_touch(caller, &other.standing)?;
        let (who, now) = (other.standing.who(), house.clock.now());
        if let Some(known) = house.mutes.of(&who, now) {
            return Err(refusal(&MuteError::Already(known)));
        }
        let until = now
            .checked_add(SignedDuration::from_mins(minutes))
            .map_err(|err| Error::new(ErrorCode::BadArguments, "minutes reach beyond the calendar").cause(err))?;
        let (name, by) = (other.standing.name().to_string(), caller.standing.name().to_string());
        let because = others::because(reason.as_deref());
        let reply = format!("Muted user '{name}' until {until}");
        let detail = format!("{name} until {until}{because}");
        others::record(house, caller, who.clone(), detail, &reply).await?;
        let told = format!("You got muted by '{by}' until {until}{because}");
        let mute = Muted {
            name,
            by,
            reason: reason.clone(),
            until,
        };
        house.mutes.put(&who, mute, now).map_err(|err| refusal(&err))?;
        let notice = Notice {
            reason,
            until: Some(until.to_string()),
            ..Notice::by(caller)
        };
        notice
            .tell(house, Whom::Client(other.standing.client_id.clone()), "muted")
            .await;
        others::tell(house, &other.peer, told);
        Ok(reply)
    }
}

fn minutes(given: Option<i64>) -> Result<i64, Error> {
    let minutes = given.unwrap_or(MINUTES_DEFAULT);
    if (1..=MINUTES_MAX).contains(&minutes) {
        return Ok(minutes);
    }
    let message = format!("minutes is {minutes}, wanted 1 to {MINUTES_MAX}");
    Err(Error::new(ErrorCode::BadArguments, message))
}

fn refusal(err: &MuteError) -> Error {
    let code = match err {
        MuteError::Already(_) => ErrorCode::NotNow,
        MuteError::Full => ErrorCode::Busy,
    };
    Error::new(code, err.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mute_lasts_a_minute_to_thirty_days_and_an_hour_by_default() {
        assert_eq!(minutes(None).unwrap(), 60);
        assert_eq!(minutes(Some(1)).unwrap(), 1);
        assert_eq!(minutes(Some(43_200)).unwrap(), 43_200);
        for wrong in [i64::MIN, -1, 0, 43_201, i64::MAX] {
            assert_eq!(
                minutes(Some(wrong)).unwrap_err().code(),
                ErrorCode::BadArguments,
                "{wrong}"
            );
        }
    }
}
