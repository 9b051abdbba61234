//! `s.getrights(client, permission..., account?)`: permissions for somebody else, for the session or for good.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{notice, others};
use crate::account::commands::holding;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Gives another client permissions, with all that their groups bring, until its session ends or the rights of its account change; with `account` its account has them for good. Nobody gives what they do not hold; an admin may give every group.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetRights {
    /// Name or id of the client that gets them; not you.
    client: String,
    /// Names of permissions.
    permission: Vec<String>,
    /// True gives them to the client's account, for good; left out, to the client for its session.
    account: Option<bool>,
}

impl Command for GetRights {
    const NAME: &'static str = "s.getrights";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::Admin;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let named = others::permissions(&self.permission)?;
        let other = others::find(house, &self.client).await?;
        if others::is_own(caller, &other.standing) {
            let message = "nobody gives rights to themselves: client must be another one";
            return Err(Error::new(ErrorCode::Forbidden, message));
        }
        if self.account == Some(true) {
            let user = holding::account_of(house, &other.standing).await?;
            return holding::grant(caller, house, &user, &named).await;
        }
        let wanted = others::brought(house, &named).await?;
        others::may_give(caller, wanted)?;
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
