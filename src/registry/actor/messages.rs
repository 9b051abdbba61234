//! What the registry can be asked; handled beside, in the actor.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;

use actix::prelude::*;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::booking::{CarId, UserId};
use crate::registry::Standing;
use crate::registry::peer::Peer;
use crate::registry::permissions::Permissions;
use crate::registry::recent::Recent;
use crate::runtime::CloseReason;
use crate::wire::ClientKind;

/// A client that wants in, already admitted by its login.
#[derive(Message)]
#[rtype(result = "Result<Joined, JoinError>")]
pub(crate) struct Join {
    /// What it is and may.
    pub(crate) standing: Arc<Standing>,
    /// The name it asks for; `None` takes the standing's own without a check (a resumed client, a car's unit).
    pub(crate) wish: Option<String>,
    /// How to reach it.
    pub(crate) peer: Peer,
    /// Where it connects from.
    pub(crate) address: IpAddr,
    /// What it says of itself.
    pub(crate) about: About,
    /// Now.
    pub(crate) at: Timestamp,
}

/// What a client says of itself in its hello.
#[derive(Debug, Clone, Default)]
pub(crate) struct About {
    /// What it runs.
    pub(crate) software: String,
    /// What it is for.
    pub(crate) description: String,
    /// Commands it offers.
    pub(crate) commands: Vec<String>,
    /// What it can be asked for.
    pub(crate) requestables: Vec<String>,
}

/// How a client was let in.
#[derive(Debug)]
pub(crate) struct Joined {
    /// Its name.
    pub(crate) name: Arc<String>,
    /// Why the name is not the wished one.
    pub(crate) notice: Option<String>,
    /// The latest changes it asked for, on earlier connections too.
    pub(crate) recent: Recent,
}

/// Which name a client would be given now. [`Join`] decides anew.
#[derive(Message)]
#[rtype(result = "String")]
pub(crate) struct NameFor {
    /// Whose.
    pub(crate) client_id: Arc<str>,
    /// The name it asks for.
    pub(crate) wish: String,
}

/// Why a client was not let in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JoinError {
    /// The bound on clients is reached.
    #[error("{0} clients are connected, which is the most")]
    Full(usize),
}

/// A connection ended.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Leave {
    /// Whose.
    pub(crate) client_id: Arc<str>,
    /// Which: an older connection of a resumed client changes nothing.
    pub(crate) connection: u64,
}

/// A datasock connection of a client; `false` when the client is gone.
#[derive(Message)]
#[rtype(result = "bool")]
pub(crate) struct AttachSock {
    /// Whose.
    pub(crate) client_id: Arc<str>,
    /// The name of the datasock.
    pub(crate) sock: Arc<str>,
    /// How to reach it there.
    pub(crate) peer: Peer,
}

/// How to reach the unit of a car.
#[derive(Message)]
#[rtype(result = "Option<Peer>")]
pub(crate) struct PeerOfCar(pub(crate) CarId);

/// Which of these cars have their unit here.
#[derive(Message)]
#[rtype(result = "HashSet<CarId>")]
pub(crate) struct UnitsHere(pub(crate) Vec<CarId>);

/// How to reach a client, for its datasocks.
#[derive(Message)]
#[rtype(result = "Option<(Arc<Standing>, Peer)>")]
pub(crate) struct Find(pub(crate) String);

/// A client by name or id, to be asked for what it offers.
#[derive(Message)]
#[rtype(result = "Option<Reached>")]
pub(crate) struct Reach(pub(crate) String);

/// A client that can be asked.
#[derive(Debug)]
pub(crate) struct Reached {
    /// What it is.
    pub(crate) standing: Arc<Standing>,
    /// How to reach it.
    pub(crate) peer: Peer,
    /// Commands it offers.
    pub(crate) commands: Vec<String>,
    /// What it can be asked for.
    pub(crate) requestables: Vec<String>,
}

/// Everybody.
#[derive(Message)]
#[rtype(result = "Vec<ClientListed>")]
pub(crate) struct List;

/// The consoles of operators, where talk goes.
#[derive(Message)]
#[rtype(result = "Vec<Peer>")]
pub(crate) struct Consoles;

/// An account's rights changed, or a key was revoked: open sockets feel it now.
#[derive(Message)]
#[rtype(result = "usize")]
pub(crate) enum Refresh {
    /// The account now has these permissions; `None` closes its connections.
    User(UserId, Option<Permissions>),
    /// The key is revoked.
    KeyRevoked(i64),
    /// The key was replaced by this client, which hears the new one on its connection and may do nothing more there.
    KeyReplaced(i64, Arc<str>),
}

/// Say good-bye to everybody.
#[derive(Message)]
#[rtype(result = "usize")]
pub(crate) struct CloseAll(pub(crate) CloseReason);

/// One client in a listing. No field is flattened: serde would make a map of indefinite length of it, which
/// the protocol forbids.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct ClientListed {
    pub(crate) client_id: Arc<str>,
    pub(crate) name: Arc<String>,
    pub(crate) kind: ClientKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_id: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) car_id: Option<CarId>,
    /// As text: serde gives an address as an enum where nobody reads along.
    pub(crate) address: String,
    pub(crate) software: String,
    pub(crate) description: String,
    pub(crate) commands: Vec<String>,
    pub(crate) requestables: Vec<String>,
    pub(crate) permissions: Permissions,
    pub(crate) connected_at: Timestamp,
    /// Milliseconds its last answer to a ping took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ping_ms: Option<u32>,
}
