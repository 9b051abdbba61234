//! `s.kickuser(client, reason?)`: ends a client's connections.

use schemars::JsonSchema;
use serde::Deserialize;

use super::notice::Notice;
use super::others::{self, Other};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::Whom;
use crate::registry::permissions::Permission;
use crate::runtime::CloseReason;

/// Ends the connections of a client. It may come again at once, and its resume token stays good: to keep an account out, use s.disableuser. An admin is kicked by admins only.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KickUser {
    /// Name or id of the client.
    client: String,
    /// Why, as the client is told; at most 120 characters.
    reason: Option<String>,
}

impl Command for KickUser {
    const NAME: &'static str = "s.kickuser";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let reason = others::reason(self.reason)?;
        let other = others::find(house, &self.client).await?;
        others::may_touch(caller, &other.standing)?;
        let name = other.standing.name();
        let reply = format!("Kicked user '{name}'");
        let detail = format!("{name}{}", others::because(reason.as_deref()));
        others::record(house, caller, other.standing.who(), detail, &reply).await?;
        kick(house, caller, &other, reason.as_deref()).await;
        Ok(reply)
    }
}

/// Tells a client who sends it away and why, and says good-bye.
pub(super) async fn kick(house: &House, caller: &Caller, other: &Other, reason: Option<&str>) {
    let by = caller.standing.name().to_string();
    let body = format!("You got kicked by '{by}'{}", others::because(reason));
    let notice = Notice {
        reason: reason.map(str::to_owned),
        ..Notice::by(caller)
    };
    notice
        .tell(house, Whom::Client(other.standing.client_id.clone()), "kicked")
        .await;
    others::tell(house, &other.peer, body);
    other.peer.close(CloseReason::Kicked {
        by,
        reason: reason.map(str::to_owned),
    });
}
