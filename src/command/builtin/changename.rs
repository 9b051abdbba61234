//! `s.changename(newname, client?)`: another name, for oneself or by an operator for somebody else.

use schemars::JsonSchema;
use serde::Deserialize;

use super::others::{self, Other};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::{Rename, RenameError};
use crate::registry::names::NameError;
use crate::registry::permissions::Permission;
use crate::registry::sanctions::of_name;
use crate::runtime::targets;
use crate::wire::ErrorCode;

/// Changes your name, or as a manager that of another client. A name has 3 to 16 letters, digits, `_`, `-` or `.` and is nobody else's; it lasts for this connection.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeName {
    /// The name to have.
    newname: String,
    /// Name or id of the client; left out, you.
    client: Option<String>,
}

impl Command for ChangeName {
    const NAME: &'static str = "s.changename";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::Guest;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let other = self.other(caller, house).await?;
        let standing = other.as_ref().map_or(&caller.standing, |other| &other.standing);
        if let Some(ban) = house.bans.of(&of_name(&self.newname), house.clock.now()) {
            let because = others::because(ban.reason.as_deref());
            let message = format!("name `{}` is banned until {}{because}", ban.name, ban.until);
            return Err(Error::new(ErrorCode::Forbidden, message));
        }
        let rename = |wish: String| Rename {
            client_id: standing.client_id.clone(),
            wish,
        };
        let renamed = house.registry.ask(rename(self.newname.clone())).await?;
        let old = renamed.map_err(refusal)?;
        let reply = match &other {
            None => format!("Your username changed to '{}'", self.newname),
            Some(_) => format!("User '{old}' changed name to '{}'", self.newname),
        };
        let detail = format!("{old} is now {}", self.newname);
        if let Err(err) = others::record(house, caller, standing.who(), detail, &reply).await {
            // No change stands without its record; that the old name was taken meanwhile is no harm.
            drop(house.registry.ask(rename(old.to_string())).await);
            return Err(err);
        }
        tracing::info!(
            target: targets::CONNECTION,
            {
                client.id = %standing.client_id,
                client.name = self.newname,
                old = %old,
                by = caller.standing.who()
            },
            "changed name"
        );
        if let Some(other) = other {
            let body = format!("Your username changed to '{}'", self.newname);
            others::tell(house, &other.peer, body);
        }
        Ok(reply)
    }
}

impl ChangeName {
    /// Whose name it is, if not the caller's own.
    async fn other(&self, caller: &Caller, house: &House) -> Result<Option<Other>, Error> {
        let Some(client) = &self.client else { return Ok(None) };
        if !caller.may(Permission::Manager) {
            let is_own = [caller.standing.name().as_str(), &caller.standing.client_id].contains(&client.as_str());
            if is_own {
                return Ok(None);
            }
            return Err(Error::new(
                ErrorCode::Forbidden,
                "s.changename of another client needs the permission `manager`",
            ));
        }
        let other = others::find(house, client).await?;
        if others::is_own(caller, &other.standing) {
            return Ok(None);
        }
        others::may_touch(caller, &other.standing)?;
        Ok(Some(other))
    }
}

fn refusal(err: RenameError) -> Error {
    let code = match &err {
        RenameError::Gone => ErrorCode::NotFound,
        RenameError::OfAKey(_) => ErrorCode::NotNow,
        RenameError::Name(NameError::Taken(_)) => ErrorCode::Conflict,
        RenameError::Name(_) => ErrorCode::BadArguments,
    };
    Error::new(code, err.to_string())
}
