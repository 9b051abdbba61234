//! Requests on their way to the table of requestables, and the offer of datasocks that follows a welcome.

use std::sync::Arc;

use serde::Serialize;

use super::actor::{Reply, Session};
use crate::command::arguments::Given;
use crate::house::House;
use crate::registry::Standing;
use crate::registry::peer::Peer;
use crate::requestable::{self, Told};
use crate::wire::{self, DatasockInfo, Event, Frame, Value};

impl Session {
    /// Answers a request, or refuses it by name; what takes time is looked up beside the socket.
    pub(super) fn request(&self, request: wire::Request) {
        let given = Given::from(request.args);
        match requestable::answer(&self.house, self.caller(), &request.name, given) {
            Told::Now(outcome) => self.answer_now(request.id, Reply::Result, outcome),
            Told::Later(work) => self.answer_later(request.id, Reply::Result, work),
        }
    }
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
        epoch: house.events.epoch().to_owned(),
        seq: 0,
        name: "datasocks".to_owned(),
        data,
    })));
}
