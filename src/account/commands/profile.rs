//! `s.profile()` and `s.setprofile(first_name?, last_name?, email?)`: what is kept of oneself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::User;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Tells what is kept of you.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Profile {}

/// Oneself.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Own {
    user_id: i64,
    user: String,
    first_name: String,
    last_name: String,
    email: String,
    role: String,
    groups: Vec<String>,
    has_password: bool,
    has_pin: bool,
    /// Those you can sign in with.
    providers: Vec<String>,
    created_at: String,
}

async fn own(house: &House, user: User) -> Result<Own, Error> {
    Ok(Own {
        groups: house.accounts.groups_of(user.id).await?,
        providers: house.accounts.providers_of(user.id).await?,
        user_id: user.id.0,
        user: user.username,
        first_name: user.first_name,
        last_name: user.last_name,
        email: user.email,
        role: user.role,
        has_password: user.has_password,
        has_pin: user.has_pin,
        created_at: user.created_at.to_string(),
    })
}

impl Command for Profile {
    const NAME: &'static str = "s.profile";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Guest;
    type Reply = Own;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let user = house.accounts.user_by_id(caller.user()?).await?;
        own(house, user).await
    }
}

/// Changes your names and mail address; what is left out stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetProfile {
    /// Given name.
    first_name: Option<String>,
    /// Family name.
    last_name: Option<String>,
    /// Where you can be written to; empty is nowhere.
    email: Option<String>,
}

impl Command for SetProfile {
    const NAME: &'static str = "s.setprofile";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Guest;
    const CHANGES: bool = true;
    type Reply = Own;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let (user, change) = (caller.user()?, caller.change(house.clock.now()));
        let changed = house
            .accounts
            .set_profile(user, self.first_name, self.last_name, self.email, change)
            .await?;
        own(house, changed).await
    }
}
