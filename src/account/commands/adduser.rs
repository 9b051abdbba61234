//! `s.adduser(username, password, first_name, last_name, email, role?)`: a new account.

use schemars::JsonSchema;
use serde::Deserialize;

use super::users::Person;
use crate::account::UserDraft;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Makes an account.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AddUser {
    /// Letters, digits, `.`, `_` and `-`.
    username: String,
    /// At least 8 characters.
    password: String,
    /// Given name.
    first_name: String,
    /// Family name.
    last_name: String,
    /// Where they can be written to.
    email: String,
    /// guest, user, customer, engineer, manager, admin or a group of your own; left out, customer.
    role: Option<String>,
}

impl Command for AddUser {
    const NAME: &'static str = "s.adduser";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = Person;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let role = self.role.unwrap_or_else(|| "customer".to_owned());
        super::may_manage(caller, &house.accounts.chains(vec![role.clone()]).await?)?;
        let draft = UserDraft {
            username: self.username,
            password: Some(self.password),
            first_name: self.first_name,
            last_name: self.last_name,
            email: self.email,
            role,
        };
        let user = house.accounts.user_add(draft, caller.change(house.clock.now())).await?;
        Ok(Person::from(user))
    }
}
