//! `s.giveconsent(consent, password)`: an operator may enrol one's face from now on.

use schemars::JsonSchema;
use serde::Deserialize;

use super::person::{self, Secrets};
use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Agrees to the text of s.faceconsent() without enrolling yet: an operator may enrol your face from now on. s.eraseface takes it back.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GiveConsent {
    /// The version of the text.
    consent: String,
    /// Your password, as proof.
    password: String,
}

impl Command for GiveConsent {
    const NAME: &'static str = "s.giveconsent";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        super::are_enabled(house)?;
        let text = house.faces.consent_text()?;
        person::is_current(&self.consent, text)?;
        let person = person::named(caller, house, None).await?;
        let secrets = Secrets {
            password: Some(self.password),
            pin: None,
        };
        let Some(proof) = secrets.check(caller, house, &person.user).await? else {
            return Err(person::bad("wanted your `password`"));
        };
        let reply = format!("You agreed to text {}", text.version);
        let given = (text.version.clone(), text.text.clone(), proof);
        let (vault, change) = (house.faces.vault(), caller.change(house.clock.now()));
        vault.consent(person.user.id, given, change, kept(Ok(&reply))).await?;
        Ok(reply)
    }
}
