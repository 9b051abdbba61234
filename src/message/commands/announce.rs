//! `s.announce(text)`: says something to everybody who is connected.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Posted, post};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::{Everybody, Target};

/// Says something to every connected client, the caller's own too. It is pushed, not kept.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Announce {
    /// What is said; at most 8192 bytes.
    text: String,
}

impl Command for Announce {
    const NAME: &'static str = "s.announce";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::Manager;
    type Reply = Posted;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        post(house, caller, &Target::All(Everybody), &self.text).await
    }
}
