//! `s.unban(user?, name?, address?)`: lets an account, a name or an address in again.

use schemars::JsonSchema;
use serde::Deserialize;

use super::banning::Subject;
use super::sanctioning;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Ends the ban of one account, name or address before its time. An admin is let in again by admins only.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Unban {
    /// User name of an account.
    user: Option<String>,
    /// A name.
    name: Option<String>,
    /// An address, IPv4 or IPv6, without a port.
    address: Option<String>,
}

impl Command for Unban {
    const NAME: &'static str = "s.unban";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let subject = Subject::of(house, self.user, self.name, self.address).await?;
        let shown = format!("{} '{}'", subject.what(), subject.shown());
        if house.bans.of(&subject.key(), house.clock.now()).is_none() {
            return Err(Error::new(ErrorCode::NotNow, format!("the {shown} is not banned")));
        }
        subject.may_touch(caller, house).await?;
        let reply = format!("Unbanned {shown}");
        let lifted = vec![(subject.key(), subject.shown())];
        sanctioning::lift(house, caller, &house.bans, lifted, &reply).await?;
        Ok(reply)
    }
}
