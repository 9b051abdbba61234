//! `s.users(after?)`: the people.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::store::user_list;
use crate::account::{User, UserId};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// People in one answer; `after` gives the next page.
const LIST_MAX: i64 = 200;

/// Lists the accounts by number.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Users {
    /// Only those with a higher number.
    after: Option<i64>,
}

/// One account.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Person {
    user_id: i64,
    user: String,
    first_name: String,
    last_name: String,
    email: String,
    role: String,
    disabled: bool,
    has_pin: bool,
}

impl From<User> for Person {
    fn from(user: User) -> Self {
        Self {
            user_id: user.id.0,
            user: user.username,
            first_name: user.first_name,
            last_name: user.last_name,
            email: user.email,
            role: user.role,
            disabled: user.disabled,
            has_pin: user.has_pin,
        }
    }
}

impl Command for Users {
    const NAME: &'static str = "s.users";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Manager;
    type Reply = Vec<Person>;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let after = UserId(self.after.unwrap_or_default());
        let listed = house.store.read(move |conn| user_list(conn, after, LIST_MAX)).await?;
        Ok(listed.into_iter().map(Person::from).collect())
    }
}
