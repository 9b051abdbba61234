//! `s.why(command, client?)`: whether one may call a command, and what is missing.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::others::{self, shown};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::{Permission, Permissions};
use crate::wire::ErrorCode;

/// Says whether you may call a command, and which permission is missing if not; managers ask for other clients too. Calls nothing: s.try looks at arguments as well.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Why {
    /// Name of a command, with or without `s.`.
    command: String,
    /// Name or id of another client; left out, you.
    client: Option<String>,
}

/// Whether, and what for.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Because {
    command: &'static str,
    allowed: bool,
    needs: Permission,
    #[serde(skip_serializing_if = "Option::is_none")]
    you_have: Option<Permissions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<Arc<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_has: Option<Permissions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<Permission>,
}

impl Command for Why {
    const NAME: &'static str = "s.why";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::Guest;
    type Reply = Because;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let name = if self.command.starts_with("s.") {
            self.command
        } else {
            format!("s.{}", self.command)
        };
        let table = house.table();
        let Some(entry) = table.find(&name) else {
            let hint = table
                .closest(&name)
                .map_or_else(|| "see s.help()".to_owned(), |known| format!("did you mean {known}?"));
            let message = format!("there is no command `{}`; {hint}", shown(&name));
            return Err(Error::new(ErrorCode::NotFound, message));
        };
        let (client, held) = match &self.client {
            None => (None, caller.standing.permissions()),
            Some(client) => {
                if !caller.may(Permission::Manager) {
                    let message = "s.why for another client needs the permission `manager`";
                    return Err(Error::new(ErrorCode::Forbidden, message));
                }
                let other = others::find(house, client).await?;
                (Some(other.standing.name()), other.standing.permissions())
            }
        };
        let allowed = held.contains(entry.needs);
        Ok(Because {
            command: entry.name,
            allowed,
            needs: entry.needs,
            you_have: client.is_none().then_some(held),
            client_has: client.is_some().then_some(held),
            client,
            missing: (!allowed).then_some(entry.needs),
        })
    }
}
