//! `s.kickip(address, reason?)`: ends the connections of everybody at an address.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Deserialize;

use super::kickuser::kick;
use super::others::{self, Other};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::FindAt;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Names in one answer and one audit event; more are counted.
const NAMED_MAX: usize = 20;

/// Ends the connections of every client at an address, but not your own. They may come again at once, and their resume tokens stay good. Admins are kicked by admins only.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KickIp {
    /// The address, IPv4 or IPv6, without a port.
    address: String,
    /// Why, as the clients are told; at most 120 characters.
    reason: Option<String>,
}

impl Command for KickIp {
    const NAME: &'static str = "s.kickip";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let reason = others::reason(self.reason)?;
        let address: IpAddr = self.address.parse().map_err(|_| {
            let message = format!(
                "address is '{}', wanted an IPv4 or IPv6 address",
                others::shown(&self.address)
            );
            Error::new(ErrorCode::BadArguments, message)
        })?;
        let there = house.registry.ask(FindAt(address)).await?;
        let (kicked, spared): (Vec<Other>, Vec<Other>) = there
            .into_iter()
            .map(|(standing, peer)| Other { standing, peer })
            .filter(|other| !others::is_own(caller, &other.standing))
            .partition(|other| others::may_touch(caller, &other.standing).is_ok());
        if kicked.is_empty() {
            return Err(nobody(caller, address, &spared));
        }
        let names = named(&kicked);
        let mut reply = format!("Kicked {names}");
        if !spared.is_empty() {
            reply.push_str(&format!("; not kicked, for they are admins: {}", named(&spared)));
        }
        let detail = format!("{names}{}", others::because(reason.as_deref()));
        others::record(house, caller, format!("address:{address}"), detail, &reply).await?;
        for other in &kicked {
            kick(house, caller, other, reason.as_deref()).await;
        }
        Ok(reply)
    }
}

fn nobody(caller: &Caller, address: IpAddr, spared: &[Other]) -> Error {
    match spared.first() {
        Some(admin) => others::may_touch(caller, &admin.standing)
            .err()
            .unwrap_or_else(|| Error::new(ErrorCode::Forbidden, "only an admin may kick an admin")),
        None => Error::new(ErrorCode::NotFound, format!("no other client connects from {address}")),
    }
}

fn named(clients: &[Other]) -> String {
    let mut names: Vec<String> = clients.iter().map(|other| other.standing.name().to_string()).collect();
    names.sort_unstable();
    let more = names.len().saturating_sub(NAMED_MAX);
    names.truncate(NAMED_MAX);
    let names = names.join(", ");
    if more == 0 {
        names
    } else {
        format!("{names} and {more} more")
    }
}
