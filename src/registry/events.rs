//! Events that must not be lost while the server runs: kept for each client until it acknowledges them.
//!
//! Kept in memory with the client's standing, also while it is away; nothing of it outlives the process. Sending never
//! waits: a peer that has not taken what came before gets them at a later sweep.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use serde::Serialize;
use tokio::time::Instant;

use super::actor::{Registry, Tell, Whom};
use super::peer::Peer;
use super::undelivered::Undelivered;
use crate::error::Error;
use crate::message::window::Window;
use crate::runtime::Service;
use crate::runtime::metrics::EventMeters;
use crate::wire::{self, ErrorCode, Event, Frame, Value};

/// How often it is looked for what has to be sent again.
pub(crate) const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// Longest frame of an event that is kept: a client's share of memory is this times their number.
pub(crate) const EVENT_BYTES_MAX: usize = 4_096;

/// The way to tell clients something that happened; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Events(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    epoch: String,
    /// The last number given. One count for all clients: it rises for each of them, whoever comes and goes.
    numbers: AtomicU64,
    kept_max: usize,
    meters: EventMeters,
}

impl Events {
    /// Of this start of the server, with so many kept for each client.
    pub(crate) fn new(epoch: String, kept_max: usize) -> Self {
        Self(Arc::new(Inner {
            epoch,
            numbers: AtomicU64::new(0),
            kept_max,
            meters: EventMeters::new(),
        }))
    }

    /// Names this start of the server; event numbers count within it.
    pub(crate) fn epoch(&self) -> &str {
        &self.0.epoch
    }

    /// Tells it to everybody meant, now or when they are back; again until each has acknowledged it. Says to how many.
    pub(crate) async fn tell(
        &self,
        registry: &Service<Registry>,
        whom: Whom,
        name: &'static str,
        data: &(impl Serialize + Sync),
    ) -> Result<usize, Error> {
        let data = Value::serialized(data)
            .map_err(|err| Error::new(ErrorCode::Internal, "an event cannot be encoded").cause(err))?;
        Ok(registry.ask(Tell { whom, name, data }).await?)
    }

    /// As [`tell`](Self::tell), for those to whom it makes no difference whether anybody could be told.
    pub(crate) async fn mention(
        &self,
        registry: &Service<Registry>,
        whom: Whom,
        name: &'static str,
        data: &(impl Serialize + Sync),
    ) {
        if let Err(err) = self.tell(registry, whom, name, data).await {
            self.0.meters.lost("refused", 1);
            tracing::warn!(%err, event = name, "an event could not be told");
        }
    }

    /// Keeps an event in a mailbag; gives its number.
    pub(crate) fn keep(&self, mail: &mut Mailbag, name: &str, data: &Value) -> Option<u64> {
        let number = self.number();
        let Some(frame) = self.frame(number, name, data.clone()) else {
            self.0.meters.lost("too_large", 1);
            return None;
        };
        let lost = mail.undelivered.keep(number, frame, self.0.kept_max);
        self.0.meters.told();
        self.0.meters.lost("full", lost);
        Some(number)
    }

    /// A mailbag is let go, with what is in it.
    pub(super) fn forgotten(&self, mail: &Mailbag) {
        let lost = u64::try_from(mail.undelivered.len()).unwrap_or(u64::MAX);
        self.0.meters.lost("forgotten", lost);
    }

    /// A number for an event that somebody else keeps; given under the lock of the mailbag it is sent with.
    pub(crate) fn number(&self) -> u64 {
        self.0.numbers.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }

    /// Sends what is due, as far as the peer takes it.
    pub(crate) fn send(&self, mail: &mut Mailbag, peer: &Peer) {
        let now = mail.since.elapsed();
        let is_busy = || peer.outbox().is_over_soft_limit();
        if !is_busy()
            && let Some(lost) = mail.undelivered.loss()
            && let Some(frame) = self.frame(0, "lagged", Value::Map(vec![("lost".into(), lost.into())]))
        {
            drop(peer.outbox().push(&frame));
        }
        let mut after = 0;
        while let Some((number, frame)) = mail.undelivered.due(after, now) {
            // In order: one that does not go out holds up those behind it.
            if is_busy() || peer.outbox().push(frame).is_err() {
                return;
            }
            if mail.undelivered.sent(number, now) {
                self.0.meters.repeated();
            }
            after = number;
        }
    }

    /// The client has been welcomed: what waited for it follows.
    pub(crate) fn welcomed(&self, standing: &super::Standing, peer: &Peer) {
        let mut mail = standing.mail();
        mail.undelivered.open();
        self.send(&mut mail, peer);
    }

    fn frame(&self, seq: u64, name: &str, data: Value) -> Option<Bytes> {
        let event = Event {
            epoch: self.0.epoch.clone(),
            seq,
            name: name.to_owned(),
            data,
        };
        let mut out = BytesMut::new();
        let encoded = wire::encode(&Frame::Event(event), &mut out);
        if encoded.is_err() || out.len() > EVENT_BYTES_MAX {
            tracing::error!(event = name, bytes = out.len(), "an event of ours does not fit");
            return None;
        }
        Some(out.freeze())
    }
}

/// What waits for one client.
#[derive(Debug)]
pub(crate) struct Mailbag {
    since: Instant,
    undelivered: Undelivered<Bytes>,
    /// How far this session has the inbox of its person.
    pub(crate) window: Window,
    /// Emergency notices among the events that wait.
    pub(crate) notices: NoticesSent,
}

/// Emergency notices that one client is known to have had; older ones are looked up again.
const NOTICES_HAD_MAX: usize = 64;

/// Emergency notices on their way to one client, no more than there are in force, and those that it has had.
#[derive(Debug, Default)]
pub(crate) struct NoticesSent {
    sent: Vec<(u64, i64)>,
    had: VecDeque<i64>,
}

impl NoticesSent {
    /// Whether this one is.
    pub(crate) fn is_on_the_way(&self, notice: i64) -> bool {
        self.sent.iter().any(|(_, sent)| *sent == notice)
    }

    /// Whether this one is, or has arrived.
    pub(crate) fn is_known(&self, notice: i64) -> bool {
        self.is_on_the_way(notice) || self.had.contains(&notice)
    }

    /// The client has had one.
    pub(crate) fn note_had(&mut self, notice: i64) {
        if self.had.contains(&notice) {
            return;
        }
        if self.had.len() >= NOTICES_HAD_MAX {
            self.had.pop_front();
        }
        self.had.push_back(notice);
    }

    /// One was kept under this number.
    pub(crate) fn sent(&mut self, number: u64, notice: i64) {
        self.sent.push((number, notice));
    }

    /// Those that arrived with everything up to this number.
    pub(crate) fn arrived(&mut self, number: u64) -> Vec<i64> {
        let (arrived, waiting) = self.sent.drain(..).partition(|(sent, _)| *sent <= number);
        self.sent = waiting;
        let arrived: Vec<(u64, i64)> = arrived;
        let arrived: Vec<i64> = arrived.into_iter().map(|(_, notice)| notice).collect();
        for notice in &arrived {
            self.note_had(*notice);
        }
        arrived
    }
}

impl Default for Mailbag {
    fn default() -> Self {
        Self {
            since: Instant::now(),
            undelivered: Undelivered::default(),
            window: Window::default(),
            notices: NoticesSent::default(),
        }
    }
}

impl Mailbag {
    /// Everything up to this number has arrived; `passed` is the time of the mail.
    pub(crate) fn acknowledge(&mut self, number: u64, passed: Duration) {
        self.undelivered.acknowledge(number);
        self.window.acknowledge(number, passed);
    }

    /// Whether an event is kept that was not sent on this connection: what has a later number waits for it.
    pub(crate) fn has_unsent(&self) -> bool {
        self.undelivered.has_unsent()
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.undelivered.is_empty()
    }

    /// What is kept of a client that leaves. Its place in the inbox stays, until it is saved.
    pub(super) fn leave(&mut self) -> Self {
        self.window.close();
        let mut left = Self {
            since: self.since,
            undelivered: std::mem::take(&mut self.undelivered),
            window: Window::default(),
            notices: std::mem::take(&mut self.notices),
        };
        left.undelivered.close();
        left
    }
}
