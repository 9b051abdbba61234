//! `s.getrights(client, permissions)`: permissions for somebody else, for the session.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{notice, others};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Gives another client permissions that you hold, until its session ends or its account gets another role.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetRights {
    /// Name or id of the client that gets them; not you.
    client: String,
    /// Names of permissions, with commas or blanks between them.
    permissions: String,
}

impl Command for GetRights {
    const NAME: &'static str = "s.getrights";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::Admin;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let wanted = others::permissions(&self.permissions)?;
        let other = others::find(house, &self.client).await?;
        if others::is_own(caller, &other.standing) {
            let message = "nobody gives rights to themselves: client must be another one";
            return Err(Error::new(ErrorCode::Forbidden, message));
        }
        let missing = wanted.without(caller.standing.permissions());
        if !missing.is_empty() {
            let message = format!(
                "nobody gives what they do not hold, you lack: {}",
                missing.names().join(", ")
            );
            return Err(Error::new(ErrorCode::Forbidden, message));
        }
        let fresh = wanted.without(other.standing.permissions());
        if fresh.is_empty() {
            return Ok("No new permissions added".to_owned());
        }
        let (name, names) = (other.standing.name(), fresh.names().join(", "));
        let reply = format!("User '{name}' gained permission(s): {names}");
        others::record(
            house,
            caller,
            other.standing.who(),
            format!("{name} gains {names}"),
            &reply,
        )
        .await?;
        other.standing.rights().gain(fresh);
        let body = format!("Gained permission(s): {names}, by '{}'", caller.standing.name());
        others::tell(house, &other.peer, body);
        notice::rights(house, caller, &other.standing).await;
        Ok(reply)
    }
}
