//! `s.listnetwork()`: this server and everything below it, as a tree.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::network::rules::Branch;
use crate::network::tree;
use crate::registry::permissions::Permission;

/// Lists this server, its clients, and every server below with its clients. A server that does not tell within 2 s is shown as silent. Addresses are told to managers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListNetwork {}

impl Command for ListNetwork {
    const NAME: &'static str = "s.listnetwork";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::User;
    type Reply = Branch;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        tree::for_caller(house, caller.may(Permission::Manager)).await
    }
}
