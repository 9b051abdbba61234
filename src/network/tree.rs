//! The tree of servers from here downwards: every connected server is asked at once, within a bound.
//!
//! What they tell is checked and cut by `rules`; one that is silent or talks nonsense is shown as such.

use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, stream};
use serde::{Deserialize, Serialize};

use super::rules::{Branch, CLIENTS_MAX, DEPTH_MAX, Leaf, Room, SERVERS_MAX, cut};
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::{ClientListed, List};
use crate::requestable::ask;
use crate::wire::{self, Args, ClientKind, ErrorCode, Frame, Request, Value, WireError};

/// Time in which a server below tells.
const WITHIN: Duration = Duration::from_secs(2);
/// What each layer keeps for its own way back.
const HOP: Duration = Duration::from_millis(150);
/// Servers that are asked at the same time.
const ASKED_AT_ONCE: usize = 64;
/// What is asked for.
const LISTNETWORK: &str = "LISTNETWORK";

/// What the server above passes on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Passed {
    depth: usize,
    within_ms: u64,
}

/// What a server says of itself to its parent.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct About {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) layer: u32,
    /// Where clients say hello.
    pub(super) host: String,
    pub(super) port: u16,
}

/// This server, for its parent.
pub(super) fn about(house: &House) -> Value {
    let about = About {
        name: house.config.server.name.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        layer: house.network.layer(),
        host: house.serversock.ip().to_string(),
        port: house.serversock.port(),
    };
    Value::serialized(&about).unwrap_or(Value::Null)
}

/// Where clients of a connected server say hello, as it tells; a host that means everywhere is where it connects from.
pub(super) async fn address_of(house: &House, name: &str) -> Result<(String, u16), Error> {
    let reached = ask::offering(house, name, "SERVERDATA").await?;
    let listed: Vec<ClientListed> = house.registry.ask(List).await?;
    let id = &reached.standing.client_id;
    let listed = listed
        .into_iter()
        .find(|one| one.client_id == *id && one.kind == ClientKind::Server);
    let Some(listed) = listed else {
        let message = format!("`{}` is no server", reached.standing.name());
        return Err(Error::new(ErrorCode::NotFound, message));
    };
    let frame = |id| {
        Frame::Request(Request {
            id,
            name: "SERVERDATA".to_owned(),
            args: Args::default(),
        })
    };
    let told = ask::ask(house, &reached, WITHIN, frame).await?;
    let about: About = told.deserialized().map_err(|_| {
        let message = format!("`{}` does not say where it is", reached.standing.name());
        Error::new(ErrorCode::Unavailable, message)
    })?;
    let is_anywhere = about
        .host
        .parse::<std::net::IpAddr>()
        .is_ok_and(|host| host.is_unspecified());
    let host = if is_anywhere { listed.address } else { about.host };
    Ok((host, about.port))
}

/// For an operator or user of this server.
pub(super) async fn for_caller(house: &House, addresses: bool) -> Result<Branch, Error> {
    let whole = whole(house, DEPTH_MAX, WITHIN, addresses).await?;
    Ok(fitting(whole, house.config.limits.frame_bytes / 2))
}

/// For the server above, which cuts it again and shows addresses to managers only.
pub(super) async fn for_parent(house: &House, args: Args) -> Result<Value, WireError> {
    let passed = match args {
        Args::Name(args) => {
            let fields = args.into_iter().map(|(name, value)| (Value::from(name), value));
            Value::Map(fields.collect()).deserialized::<Passed>().ok()
        }
        Args::Position(_) => None,
    };
    let passed = passed.ok_or_else(|| {
        let message = "LISTNETWORK wants `depth` and `within_ms`";
        Error::new(ErrorCode::BadArguments, message).to_wire()
    })?;
    let within = Duration::from_millis(passed.within_ms).min(WITHIN);
    let whole = whole(house, passed.depth.min(DEPTH_MAX), within, true).await;
    let whole = fitting(
        whole.map_err(|err| err.to_wire())?,
        wire::FrameCodec::FRAME_BYTES_MAX / 4,
    );
    Value::serialized(&whole).map_err(|_| Error::new(ErrorCode::Internal, "the tree cannot be told").to_wire())
}

async fn whole(house: &House, depth: usize, within: Duration, addresses: bool) -> Result<Branch, Error> {
    let listed: Vec<ClientListed> = house.registry.ask(List).await?;
    let (servers, clients): (Vec<_>, Vec<_>) = listed.into_iter().partition(|one| one.kind == ClientKind::Server);
    let clients = clients.into_iter().map(|one| Leaf {
        name: one.name.to_string(),
        kind: one.kind.as_str().to_owned(),
        address: Some(one.address),
    });
    let layer = house.network.layer();
    let asked = servers.into_iter().take(SERVERS_MAX);
    let below: Vec<Branch> = match depth {
        0 | 1 => Vec::new(),
        _ => {
            let asked: Vec<BoxFuture<'_, Branch>> = asked
                .map(|server| branch(house, server, layer, depth - 1, within).boxed())
                .collect();
            stream::iter(asked).buffered(ASKED_AT_ONCE).collect().await
        }
    };
    let whole = Branch {
        name: house.config.server.name.clone(),
        layer,
        state: "up".to_owned(),
        clients: clients.collect(),
        servers: below,
        left_out: 0,
    };
    let mut room = Room {
        servers: SERVERS_MAX,
        clients: CLIENTS_MAX,
        depth: DEPTH_MAX,
        addresses,
    };
    Ok(cut(whole, &mut room))
}

/// What one server below tells, under the name it has here.
async fn branch(house: &House, server: ClientListed, layer: u32, depth: usize, within: Duration) -> Branch {
    let told = if server.requestables.iter().any(|name| name == LISTNETWORK) {
        asked(house, &server.client_id, depth, within).await
    } else {
        Err("tells_nothing")
    };
    match told {
        Ok(branch) => Branch {
            name: server.name.to_string(),
            layer: layer.saturating_add(1),
            state: "up".to_owned(),
            ..branch
        },
        Err(state) => Branch {
            name: server.name.to_string(),
            layer: layer.saturating_add(1),
            state: state.to_owned(),
            ..Branch::default()
        },
    }
}

async fn asked(house: &House, client_id: &str, depth: usize, within: Duration) -> Result<Branch, &'static str> {
    let reached = ask::reach(house, client_id).await.map_err(|_| "silent")?;
    let inner = within.saturating_sub(HOP).as_millis();
    let args = Args::Name(
        [
            (
                "depth".to_owned(),
                Value::from(u64::try_from(depth).unwrap_or_default()),
            ),
            (
                "within_ms".to_owned(),
                Value::from(u64::try_from(inner).unwrap_or_default()),
            ),
        ]
        .into_iter()
        .collect(),
    );
    let frame = |id| {
        Frame::Request(Request {
            id,
            name: LISTNETWORK.to_owned(),
            args,
        })
    };
    let told = ask::ask(house, &reached, within, frame).await.map_err(|_| "silent")?;
    told.deserialized::<Branch>().map_err(|_| "nonsense")
}

/// A tree that fits into a frame: clients go first, then what is below.
fn fitting(mut whole: Branch, bytes_max: usize) -> Branch {
    let is_too_long = |branch: &Branch| wire::to_cbor(branch).map_or(true, |bytes| bytes.len() > bytes_max);
    if is_too_long(&whole) {
        whole = without_clients(whole);
    }
    while is_too_long(&whole) && whole.servers.pop().is_some() {
        whole.left_out = whole.left_out.saturating_add(1);
    }
    whole
}

fn without_clients(branch: Branch) -> Branch {
    let left_out = u64::try_from(branch.clients.len()).unwrap_or(u64::MAX);
    Branch {
        clients: Vec::new(),
        left_out: branch.left_out.saturating_add(left_out),
        servers: branch.servers.into_iter().map(without_clients).collect(),
        ..branch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_that_is_too_long_for_a_frame_loses_clients_first_and_says_how_many() {
        let leaf = Leaf {
            name: "somebody".to_owned(),
            kind: "client".to_owned(),
            address: None,
        };
        let below = Branch {
            clients: vec![leaf; 10],
            ..Branch::default()
        };
        let whole = Branch {
            servers: vec![below; 3],
            ..Branch::default()
        };
        let exact = wire::to_cbor(&whole).unwrap().len();
        assert_eq!(fitting(whole.clone(), exact), whole);
        let shorter = fitting(whole.clone(), exact - 1);
        assert_eq!(
            shorter.servers.iter().map(|one| one.left_out).collect::<Vec<_>>(),
            [10, 10, 10]
        );
        let least = wire::to_cbor(&shorter).unwrap().len() - 1;
        let cut = fitting(whole, least);
        assert_eq!((cut.servers.len(), cut.left_out), (2, 1));
    }
}
