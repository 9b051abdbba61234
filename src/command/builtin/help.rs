//! `s.help(command?)`: what the caller may call, and how.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::arguments::Parameter;
use crate::command::table::Entry;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Lists the commands you may call, or explains one of them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Help {
    /// Name of a command, with or without `s.`.
    command: Option<String>,
}

/// One command, explained.
#[derive(Debug, Serialize)]
pub(super) struct Explained {
    command: String,
    category: Category,
    needs: Permission,
    about: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parameters: Vec<Parameter>,
}

impl Explained {
    fn new(entry: &Entry, with_parameters: bool) -> Self {
        Self {
            command: entry.signature(),
            category: entry.category,
            needs: entry.needs,
            about: entry.about.clone(),
            parameters: if with_parameters {
                entry.parameters.clone()
            } else {
                Vec::new()
            },
        }
    }
}

impl Command for Help {
    const NAME: &'static str = "s.help";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::User;
    type Reply = Vec<Explained>;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let Some(asked) = self.command else {
            let entries = house.table.listed().into_iter();
            return Ok(entries
                .filter(|entry| caller.may(entry.needs))
                .map(|entry| Explained::new(entry, false))
                .collect());
        };
        let name = if asked.starts_with("s.") {
            asked
        } else {
            format!("s.{asked}")
        };
        match house.table.find(&name) {
            Some(entry) if caller.may(entry.needs) => Ok(vec![Explained::new(entry, true)]),
            // What one may not call is not explained either, so that the two cannot be told apart.
            _ => {
                let shown: String = name.chars().take(64).flat_map(char::escape_debug).collect();
                Err(Error::new(
                    ErrorCode::NotFound,
                    format!("no command `{shown}` that you may call"),
                ))
            }
        }
    }
}
