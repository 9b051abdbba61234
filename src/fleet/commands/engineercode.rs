//! `s.engineercode(engineer?)`: a new sign-in code for use at cars, shown this once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Makes a sign-in code for you, or for the engineer that an operator names. It is not shown again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EngineerCode {
    /// User name of the engineer; yourself when left out.
    engineer: Option<String>,
}

/// The code, for a QR picture or a card.
#[derive(Serialize, JsonSchema)]
pub(super) struct Code {
    code: String,
}

impl Command for EngineerCode {
    const NAME: &'static str = "s.engineercode";
    const CATEGORY: Category = Category::Repair;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = Code;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let engineer = super::named_engineer(caller, house, self.engineer).await?;
        let change = caller.change(house.clock.now());
        let code = house.accounts.engineer_code_add(engineer, change).await?;
        Ok(Code {
            code: code.reveal().to_owned(),
        })
    }
}
