//! `s.setpin(password, pin?)`: one's PIN for the car.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Sets your PIN for the car, or removes it when none is given.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Pin {
    /// Your password, as proof.
    password: String,
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
        let (user, username) = (caller.user()?, caller.username());
        house
            .accounts
            .by_password(&username, &self.password, &caller.source)
            .await?;
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
