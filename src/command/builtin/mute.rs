//! `s.mute(client..., reason?, minutes?)`: takes the word away for a time.

use schemars::JsonSchema;
use serde::Deserialize;

use super::notice::Notice;
use super::{others, sanctioning};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::Whom;
use crate::registry::permissions::Permission;
use crate::registry::sanctions::Sanction;

/// How long a mute lasts where nothing is said, in minutes.
const MINUTES_DEFAULT: i64 = 60;
/// How long it may last, in minutes: 30 days.
const MINUTES_MAX: i64 = 30 * 24 * 60;

/// Takes the word away from clients until an end: what they say is refused, their calls, requests and answers go on. Holds over reconnects of the account, key or client id and over restarts. An admin is muted by admins only. All are muted or, when one cannot be, none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Mute {
    /// Names or ids of clients, at most 64.
    client: Vec<String>,
    /// Why, as the clients are told; at most 120 characters.
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
        let minutes = sanctioning::minutes(self.minutes, MINUTES_DEFAULT, MINUTES_MAX)?;
        let found = others::find_all(house, &self.client).await?;
        for other in &found {
            others::may_touch(caller, &other.standing)?;
        }
        let until = sanctioning::until(house.clock.now(), minutes)?;
        let by = caller.standing.name().to_string();
        let told = format!(
            "You got muted by '{by}' until {until}{}",
            others::because(reason.as_deref())
        );
        let mut wanted = Vec::new();
        let mut lines = Vec::new();
        for other in &found {
            let name = other.standing.name().to_string();
            lines.push(format!("Muted user '{name}' until {until}"));
            let mute = Sanction {
                name,
                by: by.clone(),
                reason: reason.clone(),
                until,
            };
            wanted.push((other.standing.who(), mute));
        }
        let reply = lines.join("\n");
        sanctioning::impose(house, caller, &house.mutes, wanted, &reply).await?;
        let notice = Notice {
            reason,
            until: Some(until.to_string()),
            ..Notice::by(caller)
        };
        for other in &found {
            let whom = Whom::Client(other.standing.client_id.clone());
            notice.tell(house, whom, "muted").await;
            others::tell(house, &other.peer, told.clone());
        }
        Ok(reply)
    }
}
