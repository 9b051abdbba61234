//! `s.unmute(client)`: gives the word back.

use schemars::JsonSchema;
use serde::Deserialize;

use super::notice::Notice;
use super::others;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::{Find, Whom};
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Gives the word back to a muted client, also to one that is not connected any more.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Unmute {
    /// Name or id of the client.
    client: String,
}

impl Command for Unmute {
    const NAME: &'static str = "s.unmute";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let connected = house.registry.ask(Find(self.client.clone())).await?;
        if let Some((standing, _)) = &connected {
            others::may_touch(caller, standing)?;
        }
        let who = match &connected {
            Some((standing, _)) => standing.who(),
            None => house
                .mutes
                .who_named(&self.client)
                .ok_or_else(|| others::no_user(&self.client))?,
        };
        let Some(mute) = house.mutes.of(&who, house.clock.now()) else {
            let message = format!("user '{}' is not muted", others::shown(&self.client));
            return Err(Error::new(ErrorCode::NotNow, message));
        };
        let name = connected
            .as_ref()
            .map_or(mute.name, |(standing, _)| standing.name().to_string());
        let reply = format!("Unmuted user '{name}'");
        others::record(house, caller, who.clone(), name, &reply).await?;
        house.mutes.take(&who);
        let whom = match &connected {
            Some((standing, _)) => Whom::Client(standing.client_id.clone()),
            None => Whom::Who(who),
        };
        Notice::by(caller).tell(house, whom, "unmuted").await;
        if let Some((_, peer)) = connected {
            others::tell(house, &peer, format!("You got unmuted by '{}'", caller.standing.name()));
        }
        Ok(reply)
    }
}
