//! `s.faceconsent()`: the text that is agreed to before a face is kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view::ConsentView;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Shows the text that you agree to before your face is kept, its version, and what you agreed to last and did not take back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FaceConsent {}

/// The text, and where the caller stands.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Shown {
    version: String,
    text: String,
    given: Option<ConsentView>,
}

impl Command for FaceConsent {
    const NAME: &'static str = "s.faceconsent";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::User;
    type Reply = Shown;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        super::are_enabled(house)?;
        let text = house.faces.consent_text()?;
        let given = match caller.standing.user {
            Some(user) => house.faces.vault().list(user, house.clock.now()).await?.consent,
            None => None,
        };
        Ok(Shown {
            version: text.version.clone(),
            text: text.text.clone(),
            given: given.map(ConsentView::from),
        })
    }
}
