//! `s.getadmin(key)`: admin rights for this session, by the key made at the first run.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::account::SignInError;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::{Permission, Permissions};
use crate::wire::ErrorCode;

/// Gives this session admin permissions, if the key is the admin key. Wrong keys are counted: 5 in 15 minutes from one client, account or key and 20 from one address are heard, then `locked_out` says from when the next one is.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetAdmin {
    /// The key that the first run showed.
    key: String,
}

impl Command for GetAdmin {
    const NAME: &'static str = "s.getadmin";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::Guest;
    const CHANGES: bool = true;
    type Reply = &'static str;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        if caller.may(Permission::Admin) {
            return Ok("You already have admin permissions");
        }
        let (who, subject) = (caller.standing.who(), format!("client:{}", caller.standing.client_id));
        let proved = house.accounts.by_admin_key(&self.key, &who, &caller.source).await;
        let change = caller.change(house.clock.now());
        match proved {
            Ok(_) => {}
            Err(SignInError::BadLogin) => {
                let recorded = house
                    .store
                    .write(move |conn| change.record(conn, &subject, "bad_login", None, None));
                recorded.await?;
                return Err(Error::new(ErrorCode::BadLogin, "Adminkey incorrect"));
            }
            Err(err) => return Err(err.into()),
        }
        house
            .store
            .write(move |conn| change.record(conn, &subject, "admin", None, None))
            .await?;
        let gained = Permissions::from_roles(["guest", "user", "customer", "manager", "admin"]);
        caller.standing.rights().gain(gained);
        Ok("Key correct. You got admin permissions")
    }
}
