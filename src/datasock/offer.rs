//! Offers of datasocks to clients: where each is, and a ticket that opens it once.

use std::sync::Arc;

use serde::Serialize;

use super::MAINDATA;
use super::sock::Sock;
use crate::registry::Standing;
use crate::registry::actor::{Offered, Registry};
use crate::registry::peer::Peer;
use crate::runtime::Service;
use crate::wire::{Event, Frame, Value};

/// One datasock as it is offered. Not flattened: that would be a map of indefinite length.
#[derive(Serialize)]
struct Offer {
    name: String,
    host: String,
    port: u16,
    receiver: String,
    ticket: String,
}

/// Offers a client those that connect by themselves and admit it. `wants_maindata`: whether it does background
/// traffic; what an operator opened is offered to everybody.
pub(crate) async fn offer(epoch: &str, socks: &[Arc<Sock>], standing: &Standing, wants_maindata: bool, peer: &Peer) {
    let mut offers = Vec::new();
    for sock in socks {
        let is_wanted = wants_maindata || &*sock.name != MAINDATA;
        let Some(info) = sock.info().filter(|_| sock.definition.auto_connect && is_wanted) else {
            continue;
        };
        match sock.ticket(standing).await {
            Ok(ticket) => offers.push(Offer {
                name: info.name,
                host: info.host,
                port: info.port,
                receiver: info.receiver,
                ticket,
            }),
            Err(err) => tracing::debug!(%err, sock = &*sock.name, "a client is not offered a datasock"),
        }
    }
    let Ok(data) = Value::serialized(&offers) else { return };
    if offers.is_empty() {
        return;
    }
    // The offer may be lost without harm: s.attach() gives another ticket.
    drop(peer.push(&Frame::Event(Event {
        epoch: epoch.to_owned(),
        seq: 0,
        name: "datasocks".to_owned(),
        data,
    })));
}

/// Offers a datasock that was just opened to everybody who is connected.
pub(crate) async fn offer_to_all(epoch: &str, sock: Arc<Sock>, registry: &Service<Registry>) {
    if !sock.definition.auto_connect {
        return;
    }
    let clients = match registry.ask(Offered).await {
        Ok(clients) => clients,
        Err(err) => {
            tracing::warn!(%err, sock = &*sock.name, "a new datasock was offered to nobody; s.attach() gives tickets");
            return;
        }
    };
    let socks = [sock];
    for (standing, peer, wants_maindata) in clients {
        offer(epoch, &socks, &standing, wants_maindata, &peer).await;
    }
}
