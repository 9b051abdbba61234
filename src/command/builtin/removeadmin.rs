//! `s.removeadmin(client?...)`: admin rights that were given for a session, taken away again.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{notice, others};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::Standing;
use crate::registry::permissions::{Permission, Permissions};
use crate::wire::ErrorCode;

/// Takes away admin permissions that were given for a session, by s.getadmin or s.getrights: yours, or those of other clients, of all or, when one has none, of nobody. Those of an account are its role: s.setrole changes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveAdmin {
    /// Names or ids of clients, at most 64; left out, you.
    #[serde(default)]
    client: Vec<String>,
}

impl Command for RemoveAdmin {
    const NAME: &'static str = "s.removeadmin";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::Admin;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let found = others::find_all(house, &self.client).await?;
        let mut losses = Vec::new();
        if self.client.is_empty() {
            losses.push((caller.standing.clone(), None, removable(&caller.standing)?));
        }
        for other in found {
            let unwanted = removable(&other.standing)?;
            let peer = (!others::is_own(caller, &other.standing)).then_some(other.peer);
            losses.push((other.standing, peer, unwanted));
        }
        let (mut lines, mut events) = (Vec::new(), Vec::new());
        for (standing, peer, unwanted) in &losses {
            let name = standing.name();
            lines.push(match peer {
                None => "You no longer have admin permissions".to_owned(),
                Some(_) => format!("User '{name}' no longer has admin permissions"),
            });
            let detail = format!("{name} loses {}", unwanted.names().join(", "));
            events.push((standing.who(), detail));
        }
        let reply = lines.join("\n");
        others::record_all(house, caller, events, &reply).await?;
        for (standing, peer, unwanted) in losses {
            standing.rights().lose(unwanted);
            if let Some(peer) = peer {
                let body = format!("Your admin permissions were removed by '{}'", caller.standing.name());
                others::tell(house, &peer, body);
                notice::rights(house, caller, &standing).await;
            }
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
