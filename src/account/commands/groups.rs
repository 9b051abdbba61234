//! `s.groups()`: the groups there are, and what each brings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::groups::{Group, chain, is_built_in};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::List;
use crate::registry::permissions::Permission;

/// Lists every group: what it inherits, all that it brings, how many accounts are in it by themselves, how many connected clients hold it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Groups {}

/// One group.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Shown {
    group: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    inherits: Option<String>,
    brings: Vec<String>,
    built_in: bool,
    accounts: i64,
    connected: usize,
}

impl Command for Groups {
    const NAME: &'static str = "s.groups";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::Manager;
    type Reply = Vec<Shown>;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let counted = house.accounts.group_list().await?;
        let clients = house.registry.ask(List).await?;
        let groups: Vec<Group> = counted.iter().map(|(group, _)| group.clone()).collect();
        let shown = counted.into_iter().map(|(group, accounts)| {
            let permission = Permission::named(&group.name);
            let connected = clients
                .iter()
                .filter(|client| permission.is_some_and(|permission| client.permissions.contains(permission)))
                .count();
            Shown {
                brings: chain(&groups, &group.name),
                built_in: is_built_in(&group.name),
                group: group.name,
                inherits: group.inherits,
                accounts,
                connected,
            }
        });
        Ok(shown.collect())
    }
}
