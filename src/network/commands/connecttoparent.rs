//! `s.connecttoparent()` and its short form `s.cth()`: the caller's client is moved to the parent of this server.

use schemars::JsonSchema;
use serde::Deserialize;

use super::move_on::move_caller;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::network::{State, address_parts};
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Moves you to the server above this one: your client is told to connect there.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConnectToParent {}

/// The same as s.connecttoparent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Cth {}

impl Command for ConnectToParent {
    const NAME: &'static str = "s.connecttoparent";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::User;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        to_parent(caller, house).await
    }
}

impl Command for Cth {
    const NAME: &'static str = "s.cth";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::User;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        to_parent(caller, house).await
    }
}

async fn to_parent(caller: &Caller, house: &House) -> Result<String, Error> {
    let above = house.network.above();
    let address = above.wanted.filter(|_| above.state == State::Up);
    let Some((host, port)) = address.and_then(|wanted| address_parts(&wanted.address)) else {
        let message = "Subserver has no connected higher server";
        return Err(Error::new(ErrorCode::NotNow, message));
    };
    move_caller(house, caller, host, port).await
}
