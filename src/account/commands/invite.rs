//! `s.invite(role?, expires?, note?)`: a code by which one person may sign up.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ending;
use crate::account::profile::name_check;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Hours an invitation is good for when nobody says how long.
const HOURS: i64 = 72;

/// Makes an invitation, shown this once: whoever has it may sign up, once and until its end.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Invite {
    /// The role it gives; left out, customer.
    role: Option<String>,
    /// When it ends, RFC 3339, at most 30 days from now; left out, in three days.
    expires: Option<String>,
    /// For the list of invitations: whom it is for.
    note: Option<String>,
}

/// To be handed over.
#[derive(Serialize, JsonSchema)]
pub(super) struct Invited {
    invitation_id: i64,
    invitation: String,
    role: String,
    expires_at: String,
}

impl Command for Invite {
    const NAME: &'static str = "s.invite";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = Invited;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let role = self.role.unwrap_or_else(|| "customer".to_owned());
        super::may_manage(caller, &house.accounts.chains(vec![role.clone()]).await?)?;
        let note = self.note.unwrap_or_default();
        if name_check("note", &note).is_err() {
            let message = "`note` has to be at most 100 characters without line ends and other controls";
            return Err(Error::new(ErrorCode::BadArguments, message));
        }
        let now: Timestamp = house.clock.now();
        let expires_at = ending(self.expires.as_deref(), HOURS, now)?;
        let change = caller.change(now);
        let (id, secret) = house
            .accounts
            .invitation_add(Some(role.clone()), note, expires_at, change)
            .await?;
        Ok(Invited {
            invitation_id: id,
            invitation: secret.reveal().to_owned(),
            role,
            expires_at: expires_at.to_string(),
        })
    }
}
