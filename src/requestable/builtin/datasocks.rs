//! `DATASOCKS`: which datasocks there are, and what came through them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::Caller;
use crate::datasock::sock::Sock;
use crate::datasock::tally::Fault;
use crate::error::Error;
use crate::house::House;

use crate::registry::permissions::Permission;
use crate::requestable::Requestable;

/// Lists the datasocks that listen: where, what reads there, how much came. Operators see the last fault too.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Datasocks {}

/// One datasock.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct DatasockListed {
    name: String,
    host: String,
    port: u16,
    receiver: String,
    auto_connect: bool,
    sessions: usize,
    frames: u64,
    bytes: u64,
    frames_per_s: u64,
    bytes_per_s: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_fault: Option<Fault>,
}

impl Requestable for Datasocks {
    const NAME: &'static str = "DATASOCKS";
    const NEEDS: Permission = Permission::Guest;
    type Reply = Vec<DatasockListed>;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let is_operator = caller.is_operator();
        let socks = house.datasocks.all();
        Ok(socks.iter().filter_map(|sock| listed(sock, is_operator)).collect())
    }
}

fn listed(sock: &Sock, is_operator: bool) -> Option<DatasockListed> {
    let (info, seen) = (sock.info()?, sock.tally.look());
    Some(DatasockListed {
        name: info.name,
        host: info.host,
        port: info.port,
        receiver: info.receiver,
        auto_connect: sock.definition.auto_connect,
        sessions: seen.sessions,
        frames: seen.frames,
        bytes: seen.bytes,
        frames_per_s: seen.frames_per_s,
        bytes_per_s: seen.bytes_per_s,
        last_fault: seen.last_fault.filter(|_| is_operator),
    })
}
