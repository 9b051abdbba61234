//! `s.unmute(client...)`: gives the word back.

use schemars::JsonSchema;
use serde::Deserialize;

use super::notice::Notice;
use super::{others, sanctioning};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::{Find, Whom};
use crate::registry::peer::Peer;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Gives the word back to muted clients, also to those that are not connected any more. All get it back or, when one is not muted, none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Unmute {
    /// Names or ids of clients, at most 64.
    client: Vec<String>,
}

/// Somebody who is muted.
struct Muted {
    who: String,
    name: String,
    peer: Option<Peer>,
}

impl Command for Unmute {
    const NAME: &'static str = "s.unmute";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        others::at_most(self.client.len())?;
        let mut found: Vec<Muted> = Vec::new();
        for client in &self.client {
            let muted = muted(caller, house, client).await?;
            if found.iter().all(|known| known.who != muted.who) {
                found.push(muted);
            }
        }
        let lines = found.iter().map(|muted| format!("Unmuted user '{}'", muted.name));
        let reply = lines.collect::<Vec<_>>().join("\n");
        let subjects = found.iter().map(|muted| (muted.who.clone(), muted.name.clone()));
        sanctioning::lift(house, caller, &house.mutes, subjects.collect(), &reply).await?;
        let body = format!("You got unmuted by '{}'", caller.standing.name());
        for muted in &found {
            let whom = Whom::Who(muted.who.clone());
            Notice::by(caller).tell(house, whom, "unmuted").await;
        }
        for peer in found.iter().filter_map(|muted| muted.peer.as_ref()) {
            others::tell(house, peer, body.clone());
        }
        Ok(reply)
    }
}

/// Somebody muted, by name or id, connected or not.
async fn muted(caller: &Caller, house: &House, client: &str) -> Result<Muted, Error> {
    let connected = house.registry.ask(Find(client.to_owned())).await?;
    if let Some((standing, _)) = &connected {
        others::may_touch(caller, standing)?;
    }
    let who = match &connected {
        Some((standing, _)) => standing.who(),
        None => house.mutes.who_named(client).ok_or_else(|| others::no_user(client))?,
    };
    let Some(mute) = house.mutes.of(&who, house.clock.now()) else {
        let message = format!("user '{}' is not muted", others::shown(client));
        return Err(Error::new(ErrorCode::NotNow, message));
    };
    let name = connected
        .as_ref()
        .map_or(mute.name, |(standing, _)| standing.name().to_string());
    let peer = connected.map(|(_, peer)| peer);
    Ok(Muted { who, name, peer })
}
