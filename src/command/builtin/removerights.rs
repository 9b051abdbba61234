//! `s.removerights(client, permission..., account?)`: permissions taken from somebody else, for the session or for good.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{notice, others};
use crate::account::commands::holding;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::{Permission, Permissions};
use crate::wire::ErrorCode;

/// Takes permissions from another client for its session, with what was given together with them. What its account holds comes back with the next sign-in; with `account` the groups of its account are taken for good. Its role is changed by s.setrole.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveRights {
    /// Name or id of the client that loses them; not you.
    client: String,
    /// Names of permissions.
    permission: Vec<String>,
    /// True takes them from the client's account, for good; left out, from the client for its session.
    account: Option<bool>,
}

impl Command for RemoveRights {
    const NAME: &'static str = "s.removerights";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::Admin;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let named = others::permissions(&self.permission)?;
        let other = others::find(house, &self.client).await?;
        if others::is_own(caller, &other.standing) {
            let message = "s.removerights is for others: s.removeadmin() gives back what you were given";
            return Err(Error::new(ErrorCode::Forbidden, message));
        }
        if self.account == Some(true) {
            let user = holding::account_of(house, &other.standing).await?;
            return holding::revoke(caller, house, &user, &named).await;
        }
        let brought = others::brought(house, &named).await?;
        let unwanted = named.iter().fold(Permissions::NONE, |set, one| set.with(*one));
        // What came with a group goes with it; what the account has of its own stays.
        let unwanted = unwanted.and(other.standing.rights().given().common(brought));
        let lost = other.standing.permissions().common(unwanted);
        if lost.is_empty() {
            return Ok("No permissions removed".to_owned());
        }
        let (name, names) = (other.standing.name(), lost.names().join(", "));
        let reply = format!("User '{name}' lost permission(s): {names}");
        others::record(
            house,
            caller,
            other.standing.who(),
            format!("{name} loses {names}"),
            &reply,
        )
        .await?;
        other.standing.rights().lose(lost);
        let body = format!("Removed permission(s): {names}, by '{}'", caller.standing.name());
        others::tell(house, &other.peer, body);
        notice::rights(house, caller, &other.standing).await;
        Ok(reply)
    }
}
