//! Shards: one task an arbiter that knows the sessions living there. Fan-out and silence are its business.
//!
//! A frame for many is encoded once and sent once to each arbiter; there its bytes go to every socket, once a turn. One
//! timing wheel a shard pings who is silent and closes who is gone. A shard waits for no socket and holds nothing for
//! one beyond its outbox.

mod fan;
mod local;
mod members;
mod pings;
mod wheel;

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

pub(crate) use fan::Whom;
pub(crate) use local::{Seat, enter};
pub(crate) use pings::{PingState, Pings};

use crate::config::Limits;
use crate::runtime::Arbiters;
use crate::runtime::metrics::FanMeters;
use fan::{Fan, Receipt};
use wheel::Patience;

/// Frames on their way to one shard; a sender beyond it waits.
pub(crate) const FANS_WAITING_MAX: usize = 256;

/// A shard is gone, which only a stopping server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a part of the server no longer takes messages")]
pub(crate) struct ShardGone;

/// The way to every shard; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Shards {
    ways: Vec<mpsc::Sender<Fan>>,
    pings: Pings,
    meters: FanMeters,
}

impl Shards {
    /// Starts a shard on every arbiter.
    pub(crate) fn start(arbiters: &Arbiters, limits: &Limits) -> Self {
        let patience = Patience {
            ping_ms: limits.idle_ping_ms,
            close_ms: limits.idle_close_ms,
        };
        let batch_bytes = limits.outbox_soft_bytes.min(local::BATCH_BYTES_MAX);
        let pings = Pings::default();
        let mut ways = Vec::new();
        for number in 0..arbiters.len() {
            let (way, fans) = mpsc::channel(FANS_WAITING_MAX);
            let pings = pings.clone();
            let started = arbiters
                .get(number)
                .spawn_fn(move || local::start(fans, patience, batch_bytes, pings));
            if !started {
                tracing::error!(number, "an arbiter is gone before its shard was started");
            }
            ways.push(way);
        }
        Self {
            ways,
            pings,
            meters: FanMeters::new(),
        }
    }

    /// The pings of all shards.
    pub(crate) fn pings(&self) -> &Pings {
        &self.pings
    }

    /// Sends one frame to many. Answers how many it was pushed to, once every shard has done so; waits while a shard
    /// has too many frames waiting.
    pub(crate) async fn fan(&self, frame: Bytes, whom: Whom) -> Result<usize, ShardGone> {
        let (receipt, told) = Receipt::new();
        for way in &self.ways {
            let fan = Fan {
                frame: frame.clone(),
                whom: whom.clone(),
                receipt: receipt.clone(),
            };
            match way.try_send(fan) {
                Ok(()) => {}
                Err(TrySendError::Full(fan)) => {
                    self.meters.waits();
                    way.send(fan).await.map_err(|_| ShardGone)?;
                }
                Err(TrySendError::Closed(_)) => return Err(ShardGone),
            }
        }
        drop(receipt);
        told.await.map_err(|_| ShardGone)
    }
}

/// How long a shard that failed rests before it goes on.
const REST: Duration = Duration::from_millis(100);
