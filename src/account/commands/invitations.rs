//! `s.invitations(after?)` and `s.revokeinvitation(invitation_id)`: the invitations that nobody has used yet.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Invitations in one answer; `after` gives the next page.
const LIST_MAX: i64 = 200;

/// Lists the open invitations by number. Their codes are known to who made them only.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Invitations {
    /// Only those with a higher number.
    after: Option<i64>,
}

/// One invitation.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Open {
    invitation_id: i64,
    role: String,
    note: String,
    made_by: String,
    made_at: String,
    expires_at: String,
}

impl Command for Invitations {
    const NAME: &'static str = "s.invitations";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Manager;
    type Reply = Vec<Open>;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let listed = house
            .accounts
            .invitation_list(self.after.unwrap_or_default(), LIST_MAX)
            .await?;
        let open = listed.into_iter().map(|code| Open {
            invitation_id: code.id,
            role: code.role.unwrap_or_default(),
            note: code.note,
            made_by: code.made_by,
            made_at: code.made_at.to_string(),
            expires_at: code.expires_at.to_string(),
        });
        Ok(open.collect())
    }
}

/// Takes the force of an invitation that nobody has used yet.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RevokeInvitation {
    /// Its number, as `s.invitations` lists it.
    invitation_id: i64,
}

impl Command for RevokeInvitation {
    const NAME: &'static str = "s.revokeinvitation";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let change = caller.change(house.clock.now());
        house.accounts.invitation_revoke(self.invitation_id, change).await?;
        Ok(format!("Invitation {} is revoked", self.invitation_id))
    }
}
