//! `s.restartserver(name...)` and `s.shutdownserver(name...)`: what servers directly below are told, when said twice.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::builtin::others::at_most;
use crate::command::confirm::ask_twice;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::network::orders;
use crate::registry::permissions::Permission;
use crate::wire::{Args, ErrorCode};

/// Restarts connected servers by name. Say it twice within 30 s.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RestartServer {
    /// Servers that are connected here, by name or id.
    name: Vec<String>,
}

/// Shuts connected servers down by name. Say it twice within 30 s.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ShutdownServer {
    /// Servers that are connected here, by name or id.
    name: Vec<String>,
}

impl Command for RestartServer {
    const NAME: &'static str = "s.restartserver";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Admin;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        order(house, caller, &self.name, "restart").await
    }
}

impl Command for ShutdownServer {
    const NAME: &'static str = "s.shutdownserver";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Admin;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        order(house, caller, &self.name, "shutdown").await
    }
}

/// All names are looked at before anybody is told.
async fn order(house: &House, caller: &Caller, names: &[String], command: &str) -> Result<String, Error> {
    at_most(names.len())?;
    if names.is_empty() {
        return Err(Error::new(
            ErrorCode::BadArguments,
            "no server is named, wanted at least one",
        ));
    }
    let mut servers = Vec::new();
    for name in names {
        servers.push(orders::below(house, name, command).await?);
    }
    let called: Vec<String> = servers
        .iter()
        .map(|server| server.standing.name().to_string())
        .collect();
    let called = called.join(", ");
    if let Some(repeat) = ask_twice(house, caller, called.clone(), &format!("{command} these servers")) {
        return Ok(repeat);
    }
    let mut refused = Vec::new();
    for server in &servers {
        if let Err(err) = orders::call(house, server, command, Args::default()).await {
            refused.push(err);
        }
    }
    let change = caller.change(house.clock.now());
    let result = refused.first().map_or("ok", |err| err.code().as_str());
    let detail = Some(called.clone());
    house
        .store
        .write(move |conn| change.record(conn, "servers", result, detail, None))
        .await?;
    match refused.into_iter().next() {
        None => Ok(format!("Told to {command}: {called}")),
        Some(err) => Err(err),
    }
}
