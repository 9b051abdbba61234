//! `s.tell(client, text)`: says something to one client.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Posted, post};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::Target;

/// Says something to one connected client. It is pushed, not kept: who leaves before it is read has not heard it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Tell {
    /// Name or id of the client.
    client: String,
    /// What is said; at most 8192 bytes.
    text: String,
}

impl Command for Tell {
    const NAME: &'static str = "s.tell";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::User;
    type Reply = Posted;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        post(house, caller, &Target::Client(self.client), &self.text).await
    }
}
