//! `s.signup(username, password, first_name?, last_name?, email?, invitation?)`: an account for oneself.

use schemars::JsonSchema;
use serde::Deserialize;

use super::users::Person;
use crate::account::UserDraft;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Makes an account for yourself, where signing up is open or you were invited. Sign in with it afterwards.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignUp {
    /// 3 to 64 of a-z, A-Z, 0-9, `.`, `_` and `-`.
    username: String,
    /// At least 8 characters.
    password: String,
    /// Given name.
    first_name: Option<String>,
    /// Family name.
    last_name: Option<String>,
    /// Where you can be written to.
    email: Option<String>,
    /// The code you were given.
    invitation: Option<String>,
}

impl Command for SignUp {
    const NAME: &'static str = "s.signup";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Guest;
    const CHANGES: bool = true;
    type Reply = Person;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let draft = UserDraft {
            username: self.username,
            password: Some(self.password),
            first_name: self.first_name.unwrap_or_default(),
            last_name: self.last_name.unwrap_or_default(),
            email: self.email.unwrap_or_default(),
            role: String::new(),
        };
        let mode = house.config.accounts.signup;
        let change = caller.change(house.clock.now());
        let user = house
            .accounts
            .sign_up(draft, self.invitation, mode, &caller.source, change)
            .await?;
        Ok(Person::from(user))
    }
}
