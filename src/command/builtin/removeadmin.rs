//! `s.removeadmin(client?)`: admin rights that were given for a session, taken away again.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{notice, others};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::Standing;
use crate::registry::permissions::{Permission, Permissions};
use crate::wire::ErrorCode;

/// Takes away admin permissions that were given for a session, by s.getadmin or s.getrights: yours, or another client's. Those of an account are its role: s.setrole changes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveAdmin {
    /// Name or id of the client; left out, you.
    client: Option<String>,
}

impl Command for RemoveAdmin {
    const NAME: &'static str = "s.removeadmin";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::Admin;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let other = match &self.client {
            Some(client) => Some(others::find(house, client).await?),
            None => None,
        };
        let other = other.filter(|other| !others::is_own(caller, &other.standing));
        let standing = other.as_ref().map_or(&caller.standing, |other| &other.standing);
        let name = standing.name();
        let unwanted = removable(standing)?;
        let reply = match &other {
            None => "You no longer have admin permissions".to_owned(),
            Some(_) => format!("User '{name}' no longer has admin permissions"),
        };
        let detail = format!("{name} loses {}", unwanted.names().join(", "));
        others::record(house, caller, standing.who(), detail, &reply).await?;
        standing.rights().lose(unwanted);
        if let Some(other) = other {
            let body = format!("Your admin permissions were removed by '{}'", caller.standing.name());
            others::tell(house, &other.peer, body);
            notice::rights(house, caller, &other.standing).await;
        }
        Ok(reply)
    }
}

/// What of the rights given for the session goes with `admin`.
fn removable(standing: &Standing) -> Result<Permissions, Error> {
    let given = standing.rights().given();
    if given.contains(Permission::Admin) {
        return Ok(given.common(Permissions::from_roles(["customer", "manager", "admin"])));
    }
    let name = standing.name();
    let message = if standing.permissions().contains(Permission::Admin) {
        format!("the admin permissions of user '{name}' are those of the account: s.setrole changes its role")
    } else {
        format!("user '{name}' has no admin permissions")
    };
    Err(Error::new(ErrorCode::NotNow, message))
}
