//! `s.try(command, args?)`: a dry run, up to the moment a command would begin.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::arguments::Given;
use crate::command::dispatch::rehearse;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::requestable::ask::PassedArgs;
use crate::wire::ErrorCode;

/// Says what would become of a call without making it: whether there is such a command, whether you may call it and whether the arguments fit its parameters. What the command itself would refuse, such as a name nobody bears, is not looked at.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Try {
    /// Name of a command, with `s.`.
    command: String,
    /// Its arguments, an array or a map.
    args: Option<PassedArgs>,
}

/// What would become of the call; `code` and `message` are those of its refusal.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Tried {
    would_run: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<ErrorCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

impl Command for Try {
    const NAME: &'static str = "s.try";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::Guest;
    type Reply = Tried;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let given = Given::from(self.args.unwrap_or_default().0);
        Ok(match rehearse(house, caller.clone(), &self.command, given) {
            Ok(signature) => Tried {
                would_run: true,
                signature: Some(signature),
                code: None,
                message: None,
            },
            Err(err) => Tried {
                would_run: false,
                signature: None,
                code: Some(err.code()),
                message: Some(err.message().to_owned()),
            },
        })
    }
}
