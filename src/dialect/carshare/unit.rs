//! A connection as the unit of its car for a moment: what the server tells the car comes to it.
//!
//! Only while no other unit of the car is connected. It knows one command, the unlock that it waits for itself.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;
use tokio::sync::mpsc;

use crate::booking::CarId;
use crate::booking::commands::late_answer;
use crate::dialect::line::first;
use crate::error::Error;
use crate::house::House;
use crate::registry::Standing;
use crate::registry::actor::{About, Join, Leave, PeerOfCar};
use crate::registry::peer::{Answered, Peer};
use crate::runtime::{CloseReason, outbox};
use crate::session::handshake::outbox_limits;
use crate::wire::{self, Answer, Call, ErrorCode, Frame};

/// Calls that wait to be looked at; one more is lost, and its caller hears `timeout`.
const CALLS_MAX: usize = 8;

/// The unit.
pub(super) struct Unit {
    house: House,
    standing: Arc<Standing>,
    car: CarId,
    peer: Peer,
    calls: mpsc::Receiver<Call>,
}

/// Whether a unit of the car is connected, to which commands go by themselves.
pub(super) async fn is_there(house: &House, car: CarId) -> Result<bool, Error> {
    let peer = house.registry.ask(PeerOfCar(car)).await?;
    Ok(peer.is_some_and(|peer| peer.outbox().closed().is_none()))
}

impl Unit {
    /// Joins as the unit of that car.
    pub(super) async fn join(
        house: &House,
        standing: &Arc<Standing>,
        car: CarId,
        address: SocketAddr,
    ) -> Result<Self, Error> {
        let (told, calls) = mpsc::channel(CALLS_MAX);
        let (outbox, writer) = outbox(Forward(told), outbox_limits(&house.config.limits));
        drop(actix_rt::spawn(writer));
        let unit = Self {
            house: house.clone(),
            standing: Arc::clone(standing),
            car,
            peer: Peer::new(house.connection(), outbox),
            calls,
        };
        let join = Join {
            standing: Arc::clone(standing),
            wish: None,
            peer: unit.peer.clone(),
            address: address.ip(),
            about: About {
                software: super::NAME.to_owned(),
                commands: vec!["unlock".to_owned()],
                ..About::default()
            },
            at: house.clock.now(),
        };
        let joined = house.registry.ask(join).await?;
        joined.map_err(|err| Error::new(ErrorCode::Busy, err.to_string()))?;
        Ok(unit)
    }

    /// What the server tells the car next.
    pub(super) async fn told(&mut self) -> Option<Call> {
        self.calls.recv().await
    }

    /// What the car did.
    pub(super) async fn answer(&self, id: u64, outcome: Answered) {
        if let Some(late) = self.peer.answered(Answer { id, outcome }) {
            late_answer(&self.house, self.car, late).await;
        }
    }

    /// Leaves: the car has no unit again.
    pub(super) async fn leave(self) {
        self.peer.outbox().close(CloseReason::PeerClosed);
        self.peer.abandon();
        let leave = Leave {
            client_id: self.standing.client_id.clone(),
            connection: self.peer.connection,
        };
        if let Err(err) = self.house.registry.ask(leave).await {
            tracing::debug!(%err, "the registry did not hear of a unit's end");
        }
    }
}

/// Passes on the calls among the frames that are written to it.
struct Forward(mpsc::Sender<Call>);

impl AsyncWrite for Forward {
    fn poll_write(self: Pin<&mut Self>, _cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut taken = 0;
        while let Some((item, length)) = first(bytes.get(taken..).unwrap_or_default()) {
            if let Ok(Frame::Call(call)) = wire::decode(item)
                && self.0.try_send(call).is_err()
            {
                tracing::warn!("a unit of a moment is told more than it can do");
            }
            taken += length;
        }
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
