//! `s.setpin(password, pin?)`: one's PIN for the car.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Sets your PIN for the car, or removes it when none is given.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Pin {
    /// Your password, as proof. Who has none signs in with their provider again, not longer than 10 minutes ago.
    password: Option<String>,
    /// 4 to 8 digits.
    pin: Option<String>,
}

impl Command for Pin {
    const NAME: &'static str = "s.setpin";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = &'static str;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let user = caller.user()?;
        match self.password.filter(|password| !password.is_empty()) {
            Some(password) => {
                let username = caller.username();
                house.accounts.by_password(&username, &password, &caller.source).await?;
            }
            None if house.accounts.user_by_id(user).await?.has_password => {
                let message = "your password is needed as proof";
                return Err(Error::new(ErrorCode::BadArguments, message));
            }
            None => house.accounts.prove_fresh(user, &caller.standing.client_id).await?,
        }
        let is_set = self.pin.is_some();
        house
            .accounts
            .set_pin(user, self.pin, caller.change(house.clock.now()))
            .await?;
        Ok(if is_set {
            "Your PIN is set"
        } else {
            "Your PIN is removed"
        })
    }
}
