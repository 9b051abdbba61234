//! `s.kickuser(client..., reason?)`: ends the connections of clients.

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

/// Ends the connections of clients. They may come again at once, and their resume tokens stay good: to keep somebody out, use s.ban. An admin is kicked by admins only. All are kicked or, when one cannot be, none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KickUser {
    /// Names or ids of clients, at most 64.
    client: Vec<String>,
    /// Why, as the clients are told; at most 120 characters.
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
        let mut found = others::find_all(house, &self.client).await?;
        let because = others::because(reason.as_deref());
        let (mut lines, mut events) = (Vec::new(), Vec::new());
        for other in &found {
            others::may_touch(caller, &other.standing)?;
            let name = other.standing.name();
            lines.push(format!("Kicked user '{name}'"));
            events.push((other.standing.who(), format!("{name}{because}")));
        }
        let reply = lines.join("\n");
        others::record_all(house, caller, events, &reply).await?;
        // Who kicks themselves goes last.
        found.sort_by_key(|other| others::is_own(caller, &other.standing));
        for other in &found {
            kick(house, caller, other, reason.as_deref()).await;
        }
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
