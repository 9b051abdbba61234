//! `s.removerights(client, permissions)`: permissions taken from somebody else, for the session.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{notice, others};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Takes permissions from another client for its session. What its account holds comes back with the next sign-in: s.setrole changes that.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveRights {
    /// Name or id of the client that loses them; not you.
    client: String,
    /// Names of permissions, with commas or blanks between them.
    permissions: String,
}

impl Command for RemoveRights {
    const NAME: &'static str = "s.removerights";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::Admin;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let unwanted = others::permissions(&self.permissions)?;
        let other = others::find(house, &self.client).await?;
        if others::is_own(caller, &other.standing) {
            let message = "s.removerights is for others: s.removeadmin() gives back what you were given";
            return Err(Error::new(ErrorCode::Forbidden, message));
        }
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
