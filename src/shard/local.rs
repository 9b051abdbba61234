//! The shard of one arbiter: takes frames for many, writes them to its sockets once a turn, turns its wheel.
//!
//! Frames for everybody that wait together become one batch, written to each socket at once; a socket that does not
//! take it all has the rest in its own outbox, within its bound, or is cut off. Sessions get their turn in between.

use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use futures_util::FutureExt;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use super::REST;
use super::fan::{Fan, Receipt, Whom};
use super::members::{Heard, Members};
use super::pings::Pings;
use super::wheel::Patience;
use crate::registry::peer::Peer;
use crate::runtime::CloseReason;
use crate::runtime::metrics::FanMeters;
use crate::wire::{Frame, Ping};

/// Bytes of frames for everybody that are written together, unless one frame alone is longer.
pub(super) const BATCH_BYTES_MAX: usize = 32 * 1024;
/// Frames taken in one turn.
const FANS_PER_TURN: usize = 128;
/// Time after which others of the arbiter get a turn, and a call its answer.
const TURN_MAX: Duration = Duration::from_micros(50);

thread_local! {
    /// The shard of this thread's arbiter.
    static HERE: RefCell<Option<Rc<Shard>>> = const { RefCell::new(None) };
}

struct Shard {
    members: RefCell<Members>,
    batch_bytes: usize,
    pings: Pings,
    meters: FanMeters,
}

/// A session's place in the shard of its arbiter; left when it is dropped.
pub(crate) struct Seat {
    shard: Option<Rc<Shard>>,
    place: usize,
    /// When the session was last heard; the session moves it.
    pub(crate) heard: Heard,
    peer: Peer,
}

/// Takes a place in the shard of this arbiter. A client hears what is said to all, a datasock does not.
pub(crate) fn enter(peer: &Peer, is_client: bool) -> Seat {
    let shard = HERE.with_borrow(Clone::clone);
    let Some(shard) = shard else {
        tracing::error!("a session began where there is no shard");
        return Seat {
            shard: None,
            place: 0,
            heard: Heard::new(std::cell::Cell::new(tokio::time::Instant::now())),
            peer: peer.clone(),
        };
    };
    let (place, heard) = shard.members.borrow_mut().enter(peer.clone(), is_client);
    shard.pings.entered();
    Seat {
        shard: Some(shard),
        place,
        heard,
        peer: peer.clone(),
    }
}

impl Seat {
    /// The peer answered a ping.
    pub(crate) fn ponged(&self) {
        let Some(shard) = &self.shard else { return };
        let answered = shard.members.borrow_mut().ponged(self.place);
        if let Some(after) = answered {
            self.peer.answered_ping(after);
            shard.pings.answered(after);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(shard) = &self.shard {
            shard.members.borrow_mut().leave(self.place);
            shard.pings.left();
        }
    }
}

/// Starts the shard of this thread's arbiter.
pub(super) fn start(mut fans: mpsc::Receiver<Fan>, patience: Patience, batch_bytes: usize, pings: Pings) {
    let shard = Rc::new(Shard {
        members: RefCell::new(Members::new(patience)),
        batch_bytes,
        pings,
        meters: FanMeters::new(),
    });
    HERE.set(Some(Rc::clone(&shard)));
    let wheel = Rc::clone(&shard);
    drop(actix_rt::spawn(async move {
        for_ever("the timing wheel", &wheel.meters, async || {
            turn_wheel(&wheel, patience).await;
        })
        .await;
    }));
    drop(actix_rt::spawn(tokio::task::unconstrained(async move {
        let meters = shard.meters.clone();
        for_ever("the fan-out", &meters, async || deliver(&shard, &mut fans).await).await;
    })));
}

/// Runs something to its end; after a panic it begins anew, counted and after a rest.
async fn for_ever(what: &str, meters: &FanMeters, mut run: impl AsyncFnMut()) {
    while AssertUnwindSafe(run()).catch_unwind().await.is_err() {
        meters.panicked();
        tracing::error!("{what} of an arbiter panicked and begins anew");
        tokio::time::sleep(REST).await;
    }
}

async fn turn_wheel(shard: &Shard, patience: Patience) {
    let mut hand = interval(Duration::from_millis(patience.tick_ms()));
    hand.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut was_on = false;
    loop {
        hand.tick().await;
        let is_on = shard.pings.is_on();
        if is_on && !was_on {
            shard.members.borrow_mut().begin_anew();
        }
        was_on = is_on;
        if is_on {
            let round = shard.members.borrow_mut().round(ping, close);
            shard.pings.round(round.pings, round.closed);
        }
    }
}

fn ping(peer: &Peer) {
    // One that is gone or cut off is found out by its writer.
    drop(peer.push(&Frame::Ping(Ping { id: peer.connection })));
}

fn close(peer: &Peer) {
    peer.close(CloseReason::Idle);
}

/// Takes what waits, a turn's worth at a time, until the senders are gone.
async fn deliver(shard: &Shard, fans: &mut mpsc::Receiver<Fan>) {
    let mut taken = Vec::with_capacity(FANS_PER_TURN);
    let mut batch = Batch::default();
    while fans.recv_many(&mut taken, FANS_PER_TURN).await > 0 {
        for fan in taken.drain(..) {
            match &fan.whom {
                Whom::All => {
                    if !batch.bytes.is_empty() && batch.bytes.len() + fan.frame.len() > shard.batch_bytes {
                        batch.write(shard).await;
                    }
                    batch.bytes.extend_from_slice(&fan.frame);
                    batch.receipts.push(fan.receipt);
                }
                Whom::These(connections) => {
                    // What was said to all before comes before.
                    batch.write(shard).await;
                    push_to(shard, connections, &fan);
                }
            }
        }
        batch.write(shard).await;
    }
}

/// Frames for everybody that are written together.
#[derive(Default)]
struct Batch {
    bytes: BytesMut,
    receipts: Vec<Arc<Receipt>>,
}

impl Batch {
    /// Writes to every client; those that came in between hear it as well.
    async fn write(&mut self, shard: &Shard) {
        if self.receipts.is_empty() {
            return;
        }
        let frames = u64::try_from(self.receipts.len()).unwrap_or(u64::MAX);
        let (mut pushed, mut place) = (0, 0);
        while let Some(next) = self.write_some(shard, frames, place, &mut pushed) {
            place = next;
            tokio::task::yield_now().await;
        }
        for receipt in self.receipts.drain(..) {
            receipt.pushed(pushed);
        }
        self.bytes.clear();
    }

    /// Writes to some from a place on; gives the place at which to go on.
    fn write_some(&self, shard: &Shard, frames: u64, from: usize, pushed: &mut usize) -> Option<usize> {
        let members = shard.members.borrow();
        let began = Instant::now();
        let (mut reached, mut written, mut next) = (0, 0, from);
        while next < members.places() {
            if let Some(peer) = members.reach(next) {
                // One that is gone, or is cut off by this, is found out by its writer.
                if let Ok(is_written) = peer.outbox().push_now(&self.bytes, frames) {
                    reached += 1;
                    written += usize::from(is_written);
                }
                if began.elapsed() >= TURN_MAX {
                    next += 1;
                    break;
                }
            }
            next += 1;
        }
        *pushed += reached;
        shard.meters.delivered(reached, written, frames, self.bytes.len());
        (next < members.places()).then_some(next)
    }
}

fn push_to(shard: &Shard, connections: &[u64], fan: &Fan) {
    let members = shard.members.borrow();
    let (mut reached, mut written) = (0, 0);
    for peer in connections.iter().filter_map(|connection| members.find(*connection)) {
        if let Ok(is_written) = peer.outbox().push_now(&fan.frame, 1) {
            reached += 1;
            written += usize::from(is_written);
        }
    }
    fan.receipt.pushed(reached);
    shard.meters.delivered(reached, written, 1, fan.frame.len());
}
