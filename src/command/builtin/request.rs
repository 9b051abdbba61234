//! `s.request(client, name, args?, deadline_ms?)`: what a connected client says when it is asked.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::requestable::ask::{self, PassedAnswer, PassedArgs};
use crate::wire::{self, Frame};

/// Asks a connected client for something it offers, and answers what it answered.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// The client, by name or id.
    client: String,
    /// What it is asked for: `PING`, `POSITION`, ...
    name: String,
    /// Arguments for the client, an array or a map.
    args: Option<PassedArgs>,
    /// How long the client may take, in milliseconds.
    deadline_ms: Option<u64>,
}

impl Command for Request {
    const NAME: &'static str = "s.request";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::Manager;
    const ENDS_BY_ITSELF: bool = true;
    type Reply = PassedAnswer;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let within = ask::patience(house, self.deadline_ms)?;
        let client = ask::offering(house, &self.client, &self.name).await?;
        let args = self.args.unwrap_or_default().0;
        let frame = |id| {
            Frame::Request(wire::Request {
                id,
                name: self.name,
                args,
            })
        };
        ask::ask(house, &client, within, frame).await.map(PassedAnswer)
    }
}
