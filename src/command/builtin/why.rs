//! `s.why(command)`: whether one may call a command, and what is missing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::others::shown;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::{Permission, Permissions};
use crate::wire::ErrorCode;

/// Says whether you may call a command, and which permission is missing if not. Calls nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Why {
    /// Name of a command, with or without `s.`.
    command: String,
}

/// Whether, and what for.
#[derive(Debug, Serialize)]
pub(super) struct Because {
    command: &'static str,
    allowed: bool,
    needs: Permission,
    you_have: Permissions,
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
        let Some(entry) = house.table().find(&name) else {
            let hint = house
                .table()
                .closest(&name)
                .map_or_else(|| "see s.help()".to_owned(), |known| format!("did you mean {known}?"));
            let message = format!("there is no command `{}`; {hint}", shown(&name));
            return Err(Error::new(ErrorCode::NotFound, message));
        };
        let allowed = caller.may(entry.needs);
        Ok(Because {
            command: entry.name,
            allowed,
            needs: entry.needs,
            you_have: caller.standing.permissions(),
            missing: (!allowed).then_some(entry.needs),
        })
    }
}
