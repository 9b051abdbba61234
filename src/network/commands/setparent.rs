//! `s.setparent(address, port?, key, fingerprint?)`: the server above this one. Another one in its place is said twice.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::builtin::others::shown;
use crate::command::confirm::ask_twice;
use crate::command::{Caller, Category, Command};
use crate::config::ParentKey;
use crate::error::Error;
use crate::house::House;
use crate::network::{State, Wanted, address_parts, change_parent};
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// How long the answer waits for the first try.
const RESULT_WITHIN: Duration = Duration::from_secs(5);
/// Longest key.
const KEY_BYTES_MAX: usize = 256;

/// Connects this server to a parent, now and after every start. Where there is one already, say it twice within 30 s. The key is kept in the data folder, for its owner only.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetParent {
    /// The parent's host, or host:port.
    address: String,
    /// The port of its serversock.
    port: Option<u16>,
    /// A key of kind `server` that the parent gave this server.
    key: Option<String>,
    /// SHA-256 of the parent's certificate; then TLS is spoken.
    fingerprint: Option<String>,
}

impl Command for SetParent {
    const NAME: &'static str = "s.setparent";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Admin;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let wanted = wanted(self)?;
        let address = wanted.address.clone();
        if wanted.address == house.serversock.to_string() {
            return Err(Error::new(ErrorCode::Conflict, "a server cannot be its own parent"));
        }
        let has_one = house.network.above().wanted.is_some();
        // The key is not said back.
        if has_one && let Some(repeat) = ask_twice(house, caller, address.clone(), "put it in the parent's place") {
            return Ok(repeat);
        }
        let mut above = house.network.watch();
        change_parent(house, caller, Some(wanted), &format!("The parent is {address}")).await?;
        let is_known = |above: &crate::network::Above| above.state != State::Connecting;
        let known = tokio::time::timeout(RESULT_WITHIN, above.wait_for(is_known)).await;
        Ok(match known {
            Ok(Ok(above)) => {
                let why = above.state.why().map_or_else(String::new, |why| format!(": {why}"));
                format!("Connect result: {}{why}", above.state.as_str())
            }
            _ => "Connect result: connecting".to_owned(),
        })
    }
}

fn wanted(given: SetParent) -> Result<Wanted, Error> {
    let refused = |message: String| Error::new(ErrorCode::BadArguments, message);
    let address = match given.port {
        Some(port) if given.address.contains(':') && !given.address.starts_with('[') => {
            format!("[{}]:{port}", given.address)
        }
        Some(port) => format!("{}:{port}", given.address),
        None => given.address,
    };
    if address_parts(&address).is_none() {
        return Err(refused(format!(
            "got `{}` for `address`, wanted a host and a port",
            shown(&address)
        )));
    }
    let key = given.key.filter(|key| (1..=KEY_BYTES_MAX).contains(&key.len()));
    let key = key.ok_or_else(|| refused(format!("`key` is missing, wanted a key of 1 to {KEY_BYTES_MAX} bytes")))?;
    let fingerprint = given.fingerprint.map(|text| text.parse()).transpose();
    Ok(Wanted {
        address,
        key: ParentKey(key),
        fingerprint: fingerprint.map_err(|err: crate::tls::FingerprintError| refused(err.to_string()))?,
    })
}
