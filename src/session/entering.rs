//! The session of a client that came in by a door with a protocol of its own: frames come made, and go to a sink.
//!
//! What it is, may and hears is the same as at a serversock.

use std::net::SocketAddr;

use futures_util::Stream;
use tokio::io::AsyncWrite;

use super::actor::{Incoming, Opened, Session};
use super::admission::Admitted;
use super::handshake::{Door, attach_sock, join, outbox_limits};
use super::room::{Budget, Room};
use super::told;
use crate::error::Error;
use crate::house::House;
use crate::registry::peer::Peer;
use crate::runtime::{CloseReason, outbox};
use crate::wire::Frame;

/// Makes the session of an admitted client on this arbiter. `glimpses`: it hears that somebody came or went
/// without watching them. `incoming` takes what comes as far as there is room;
/// `sink` is given whole frames only, and keeps whole frames only; `ended` hears why it is over.
pub(crate) async fn enter<S>(
    house: House,
    address: SocketAddr,
    admitted: Admitted,
    glimpses: bool,
    incoming: impl FnOnce(Room) -> S,
    sink: impl AsyncWrite + Send + Unpin + 'static,
    ended: impl FnOnce(&CloseReason) + 'static,
) where
    S: Stream<Item = Vec<Frame>> + 'static,
{
    let door = (Door::Socketio, glimpses);
    enter_by(house, door, address, admitted, incoming, sink, ended).await;
}

/// As [`enter`], by that door, with what it glimpses; one of a datasock attaches a client that is here already.
pub(crate) async fn enter_by<S>(
    house: House,
    (door, glimpses): (Door, bool),
    address: SocketAddr,
    admitted: Admitted,
    incoming: impl FnOnce(Room) -> S,
    sink: impl AsyncWrite + Send + Unpin + 'static,
    ended: impl FnOnce(&CloseReason) + 'static,
) where
    S: Stream<Item = Vec<Frame>> + 'static,
{
    let limits = &house.config.limits;
    let (outbox, writer) = outbox(sink, outbox_limits(limits));
    let peer = Peer::new(house.connection(), outbox.clone());
    let budget = Budget::new(limits.in_flight_per_session);
    let frames = incoming(Room::new(outbox, budget.clone()));
    let writer = actix_rt::spawn(async move {
        let reason = writer.await;
        ended(&reason);
        reason
    });
    let joined = match &door {
        Door::Datasock(sock) => attach_sock(&house, &peer, sock, &admitted).await,
        _ => join(&house, &peer, address, &admitted).await,
    };
    let recent = match joined {
        Ok(recent) => recent,
        Err(err) => {
            told::refused(&door, address, &err);
            peer.close_with_error(&err, CloseReason::Refused);
            drop(writer.await);
            return;
        }
    };
    if let Some(user) = admitted.standing.user.filter(|_| glimpses) {
        house.glimpses.add(user, peer.clone());
    }
    Session::open(Opened {
        source: admitted.source(address.ip()),
        house,
        open: match &door {
            Door::Datasock(sock) => Some(sock.tally.opened()),
            _ => None,
        },
        door,
        peer,
        address,
        standing: admitted.standing,
        budget,
        recent,
        incoming: Incoming::Made(Box::pin(frames)),
        writer,
    });
}

/// Somebody was not let in there.
pub(crate) fn refused(address: SocketAddr, err: &Error) {
    told::refused(&Door::Socketio, address, err);
}
