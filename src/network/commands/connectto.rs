//! `s.connectto(address, port?)`: the caller's client is moved to an address, or to a server that is connected here.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Deserialize;

use super::move_on::move_caller;
use crate::command::builtin::others::shown;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::network::{address_parts, tree};
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Moves you to another server: your client is told to connect there. With a port, to that address; without, to the connected server of that name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConnectTo {
    /// A host, or the name of a server that is connected here.
    address: String,
    /// The port of its serversock.
    port: Option<u16>,
}

impl Command for ConnectTo {
    const NAME: &'static str = "s.connectto";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::User;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let (host, port) = match self.port {
            Some(port) => (self.address, port),
            None => tree::address_of(house, &self.address).await?,
        };
        let is_v6 = host.parse::<IpAddr>().is_ok_and(|host| host.is_ipv6());
        let whole = if is_v6 {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        };
        let (host, port) = address_parts(&whole).ok_or_else(|| {
            let message = format!("got `{}`, wanted a host and a port", shown(&whole));
            Error::new(ErrorCode::BadArguments, message)
        })?;
        move_caller(house, caller, host, port).await
    }
}
