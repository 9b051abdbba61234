//! What a client can ask the server for, and the offer of datasocks that follows a welcome.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;

use super::actor::{Reply, Session};
use super::admission::server_info;
use crate::error::Error;
use crate::house::House;
use crate::registry::Standing;
use crate::registry::peer::Peer;
use crate::requestable::NAMES;
use crate::wire::{self, DatasockInfo, ErrorCode, Event, Frame, Value};

impl Session {
    /// Answers a request at once, or refuses it by name.
    pub(super) fn request(&self, request: wire::Request) {
        let now = self.house.clock.now();
        let answer = match request.name.as_str() {
            "PING" => wire::to_cbor(&Pong { at: now.to_string() }),
            "SERVERDATA" => wire::to_cbor(&server_info(&self.house, self.standing.permissions(), now)),
            unknown => {
                let shown: String = unknown.chars().take(64).flat_map(char::escape_debug).collect();
                let message = format!("there is no requestable `{shown}`, there are {}", NAMES.join(", "));
                self.refuse(request.id, &Error::new(ErrorCode::UnknownRequestable, message));
                return;
            }
        };
        let outcome = answer
            .map(Bytes::from)
            .map_err(|err| Error::new(ErrorCode::Internal, "the answer cannot be encoded").cause(err));
        self.answer_now(request.id, Reply::Result, outcome);
    }
}

/// The answer to `PING`.
#[derive(Serialize)]
struct Pong {
    at: String,
}

/// One datasock as it is offered: where it is, and the ticket that opens it once.
#[derive(Serialize)]
struct Offer {
    #[serde(flatten)]
    datasock: DatasockInfo,
    ticket: String,
}

/// Tells a new client its datasocks, with a ticket for each.
pub(super) async fn offer_datasocks(house: &House, standing: &Arc<Standing>, peer: &Peer) {
    let mut offers = Vec::new();
    for datasock in house.datasocks.listed() {
        match house.datasocks.ticket(&datasock.name, &standing.client_id).await {
            Ok(ticket) => offers.push(Offer { datasock, ticket }),
            Err(err) => tracing::debug!(%err, "no ticket for a new client"),
        }
    }
    let Ok(data) = Value::serialized(&offers) else { return };
    // The offer may be lost without harm: s.attach() gives another ticket.
    drop(peer.push(&Frame::Event(Event {
        epoch: house.epoch.clone(),
        seq: 0,
        name: "datasocks".to_owned(),
        data,
    })));
}
