//! What the subscriptions can be asked; handled in the actor.

use std::sync::Arc;

use actix::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

use super::What;
use super::rules::Pace;
use crate::account::Source;
use crate::error::Error;
use crate::registry::Standing;
use crate::registry::peer::Peer;

/// Enters a subscription; answers its number.
#[derive(Message)]
#[rtype(result = "Result<u64, Error>")]
pub(crate) struct Subscribe {
    /// To what.
    pub(crate) what: What,
    /// CBOR of the bound arguments: the same for the same thing, however it is written.
    pub(crate) args: Arc<[u8]>,
    /// When it hears.
    pub(crate) pace: Pace,
    /// Who hears; its rights are looked up at each push.
    pub(crate) standing: Arc<Standing>,
    /// Where it connects from.
    pub(crate) source: Source,
    /// The connection with which the subscription ends.
    pub(crate) peer: Peer,
}

/// Ends one subscription of a client, or all of them; answers the numbers of those that ended.
#[derive(Message)]
#[rtype(result = "Vec<u64>")]
pub(crate) struct Unsubscribe {
    /// Whose.
    pub(crate) client_id: Arc<str>,
    /// Which; `None` for all.
    pub(crate) subscription: Option<u64>,
}

/// The subscriptions of one client, or of everybody, by client and number.
#[derive(Message)]
#[rtype(result = "Vec<Listed>")]
pub(crate) struct ListOf(pub(crate) Option<Arc<str>>);

/// One subscription in a listing.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Listed {
    pub(crate) subscription: u64,
    /// The name of the subscriber.
    pub(crate) subscriber: Arc<String>,
    pub(crate) name: String,
    /// The client that is asked; absent for the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client: Option<String>,
    /// The interval; absent when it hears of changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) every_ms: Option<u64>,
    /// Values it was sent.
    pub(crate) pushed: u64,
    /// Values it was not sent because it had not taken what came before.
    pub(crate) skipped: u64,
}
