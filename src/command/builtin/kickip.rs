//! `s.kickip(address..., reason?)`: ends the connections of everybody at addresses.

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

/// Ends the connections of every client at these addresses, but not your own. They may come again at once, and their resume tokens stay good: to keep an address out, use s.ban. Admins are kicked by admins only. Nobody is kicked when there is nobody to kick at one of them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KickIp {
    /// Addresses, IPv4 or IPv6, without a port; at most 64.
    address: Vec<String>,
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
        others::at_most(self.address.len())?;
        let mut addresses: Vec<IpAddr> = Vec::new();
        for given in &self.address {
            let address = others::address(given)?;
            let is_new = addresses
                .iter()
                .all(|known| known.to_canonical() != address.to_canonical());
            if is_new {
                addresses.push(address);
            }
        }
        let because = others::because(reason.as_deref());
        let (mut lines, mut events, mut all) = (Vec::new(), Vec::new(), Vec::new());
        for address in addresses {
            let (kicked, spared) = at(caller, house, address).await?;
            let names = named(&kicked);
            events.push((format!("address:{address}"), format!("{names}{because}")));
            let mut line = format!("Kicked {names}");
            if !spared.is_empty() {
                line.push_str(&format!("; not kicked, for they are admins: {}", named(&spared)));
            }
            lines.push(line);
            all.extend(kicked);
        }
        let reply = lines.join("\n");
        others::record_all(house, caller, events, &reply).await?;
        for other in &all {
            kick(house, caller, other, reason.as_deref()).await;
        }
        Ok(reply)
    }
}

/// Who is there and may be kicked, and the admins among them who may not.
async fn at(caller: &Caller, house: &House, address: IpAddr) -> Result<(Vec<Other>, Vec<Other>), Error> {
    let there = house.registry.ask(FindAt(address)).await?;
    let (kicked, spared): (Vec<Other>, Vec<Other>) = there
        .into_iter()
        .map(|(standing, peer)| Other { standing, peer })
        .filter(|other| !others::is_own(caller, &other.standing))
        .partition(|other| others::may_touch(caller, &other.standing).is_ok());
    if kicked.is_empty() {
        return Err(nobody(caller, address, &spared));
    }
    Ok((kicked, spared))
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
