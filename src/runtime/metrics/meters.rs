//! Handles made once and moved often: a look-up by name and labels costs more than what is counted.
//!
//! Making one installs the recorder if nobody did, so that no handle is silent.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use ::metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

use super::{install, names};
use crate::runtime::close::CloseReason;
use crate::runtime::policy::LifeEnd;

/// Figures of the bookings; made once by the engine.
#[derive(Clone)]
pub struct BookingMeters {
    waiting: Gauge,
    out: Gauge,
    made: Counter,
}

impl BookingMeters {
    /// Handles for the engine.
    #[must_use]
    pub fn new() -> Self {
        drop(install());
        Self {
            waiting: gauge!(names::BOOKINGS, "state" => "reserved"),
            out: gauge!(names::BOOKINGS, "state" => "out"),
            made: counter!(names::BOOKINGS_MADE),
        }
    }

    /// Live bookings: those that wait, and those with the car out.
    pub fn live(&self, waiting: usize, out: usize) {
        self.waiting.set(u32::try_from(waiting).unwrap_or(u32::MAX));
        self.out.set(u32::try_from(out).unwrap_or(u32::MAX));
    }

    /// Counts a booking made.
    pub fn made(&self) {
        self.made.increment(1);
    }

    /// Counts a booking that came to this state.
    pub fn changed(&self, state: &'static str) {
        counter!(names::BOOKINGS_CHANGED, "state" => state).increment(1);
    }
}

impl Default for BookingMeters {
    fn default() -> Self {
        Self::new()
    }
}

/// Figures of the answers to what is free; made once.
#[derive(Clone)]
pub struct OfferMeters {
    known: Counter,
    unknown: Counter,
}

impl OfferMeters {
    /// Handles for the answers.
    #[must_use]
    pub fn new() -> Self {
        drop(install());
        Self {
            known: counter!(names::OFFERS_ASKED, "known" => "yes"),
            unknown: counter!(names::OFFERS_ASKED, "known" => "no"),
        }
    }

    /// Counts a question, and whether its answer was known.
    pub fn asked(&self, is_known: bool) {
        let counter = if is_known { &self.known } else { &self.unknown };
        counter.increment(1);
    }
}

impl Default for OfferMeters {
    fn default() -> Self {
        Self::new()
    }
}

/// Figures of the connections of one kind of sock; made once a listener.
#[derive(Clone)]
pub struct ConnectionMeters {
    open: Gauge,
    opened: Counter,
    frames_received: Counter,
    received_bytes: Counter,
}

impl ConnectionMeters {
    /// Handles for `sock`: `main`, `data`, ...
    #[must_use]
    pub fn new(sock: &'static str) -> Self {
        drop(install());
        Self {
            open: gauge!(names::CONNECTIONS, "sock" => sock),
            opened: counter!(names::CONNECTIONS_OPENED, "sock" => sock),
            frames_received: counter!(names::FRAMES_RECEIVED),
            received_bytes: counter!(names::RECEIVED_BYTES),
        }
    }

    /// Counts a connection accepted.
    pub fn opened(&self) {
        self.opened.increment(1);
        self.open.increment(1);
    }

    /// Counts a connection ended.
    pub fn closed(&self, reason: &CloseReason) {
        counter!(names::CONNECTIONS_CLOSED, "reason" => reason.as_str()).increment(1);
        self.open.decrement(1);
    }

    /// Counts frames read.
    pub fn received(&self, frames: u64, bytes: usize) {
        self.frames_received.increment(frames);
        self.received_bytes.increment(u64::try_from(bytes).unwrap_or(u64::MAX));
    }
}

impl fmt::Debug for ConnectionMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionMeters").finish_non_exhaustive()
    }
}

/// Figures of one gate.
#[derive(Clone)]
pub struct GateMeters {
    inside: Gauge,
    waiting: Gauge,
    full: Counter,
    timed_out: Counter,
}

impl GateMeters {
    /// Handles for `gate`.
    #[must_use]
    pub fn new(gate: &'static str) -> Self {
        drop(install());
        Self {
            inside: gauge!(names::GATE_INSIDE, "gate" => gate),
            waiting: gauge!(names::GATE_WAITING, "gate" => gate),
            full: counter!(names::GATE_REFUSED, "gate" => gate, "cause" => "full"),
            timed_out: counter!(names::GATE_REFUSED, "gate" => gate, "cause" => "timed_out"),
        }
    }

    pub(crate) fn entered(&self) {
        self.inside.increment(1);
    }

    pub(crate) fn left(&self) {
        self.inside.decrement(1);
    }

    pub(crate) fn waits(&self) {
        self.waiting.increment(1);
    }

    pub(crate) fn waits_no_more(&self) {
        self.waiting.decrement(1);
    }

    pub(crate) fn refused_full(&self) {
        self.full.increment(1);
    }

    pub(crate) fn refused_timed_out(&self) {
        self.timed_out.increment(1);
    }
}

impl fmt::Debug for GateMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GateMeters").finish_non_exhaustive()
    }
}

/// Figures of all outboxes together.
#[derive(Clone)]
pub struct OutboxMeters {
    frames: Counter,
    bytes: Counter,
    lagged: Counter,
    pending: Gauge,
}

impl OutboxMeters {
    /// The handles, made at the first call: an idle connection holds none of its own.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<OutboxMeters> = OnceLock::new();
        SHARED.get_or_init(|| {
            drop(install());
            Self {
                frames: counter!(names::FRAMES_SENT),
                bytes: counter!(names::SENT_BYTES),
                lagged: counter!(names::OUTBOX_LAGGED),
                pending: gauge!(names::OUTBOX_PENDING),
            }
        })
    }

    /// A writer took so many bytes from its queue.
    pub(crate) fn taken(&self, bytes: usize) {
        self.pending.increment(u32::try_from(bytes).unwrap_or(u32::MAX));
    }

    /// A peer accepted so many bytes, or will never have them.
    pub(crate) fn accepted(&self, bytes: usize) {
        self.pending.decrement(u32::try_from(bytes).unwrap_or(u32::MAX));
    }

    pub(crate) fn sent(&self, frames: u64, bytes: usize) {
        self.frames.increment(frames);
        self.bytes.increment(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    pub(crate) fn lagged(&self) {
        self.lagged.increment(1);
    }
}

impl fmt::Debug for OutboxMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboxMeters").finish_non_exhaustive()
    }
}

/// Figures of one supervised service.
#[derive(Clone)]
pub struct ServiceMeters {
    service: &'static str,
    up: Gauge,
    late: Counter,
}

impl ServiceMeters {
    /// Handles for `service`; all causes of restart start at 0, so that the first is seen as a rise.
    #[must_use]
    pub fn new(service: &'static str) -> Self {
        drop(install());
        let meters = Self {
            service,
            up: gauge!(names::SERVICE_UP, "service" => service),
            late: counter!(names::SERVICE_LATE, "service" => service),
        };
        for cause in [
            LifeEnd::Stopped,
            LifeEnd::Panicked,
            LifeEnd::Frozen,
            LifeEnd::FailedStart,
        ] {
            meters.restarts(cause).increment(0);
        }
        meters
    }

    pub(crate) fn up(&self) {
        self.up.set(1);
    }

    pub(crate) fn down(&self) {
        self.up.set(0);
    }

    pub(crate) fn late(&self) {
        self.late.increment(1);
    }

    pub(crate) fn restarted(&self, cause: LifeEnd) {
        self.restarts(cause).increment(1);
    }

    fn restarts(&self, cause: LifeEnd) -> Counter {
        counter!(names::SERVICE_RESTARTS, "service" => self.service, "cause" => cause.as_str())
    }
}

impl fmt::Debug for ServiceMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceMeters")
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

/// Figures of the store's writer.
#[derive(Clone)]
pub struct StoreMeters {
    ok: Counter,
    failed: Counter,
    jobs: Histogram,
    duration: Histogram,
    queued: Gauge,
}

impl StoreMeters {
    /// The handles.
    #[must_use]
    pub fn new() -> Self {
        drop(install());
        Self {
            ok: counter!(names::STORE_COMMITS, "outcome" => "ok"),
            failed: counter!(names::STORE_COMMITS, "outcome" => "failed"),
            jobs: histogram!(names::STORE_BATCH_JOBS),
            duration: histogram!(names::STORE_COMMIT_DURATION),
            queued: gauge!(names::STORE_QUEUE_DEPTH),
        }
    }

    /// Counts one commit of `jobs` jobs.
    pub fn committed(&self, is_ok: bool, jobs: usize, took: Duration) {
        if is_ok { &self.ok } else { &self.failed }.increment(1);
        self.jobs.record(u32::try_from(jobs).unwrap_or(u32::MAX));
        self.duration.record(took);
    }

    /// Sets how many jobs wait.
    pub fn queued(&self, jobs: usize) {
        self.queued.set(u32::try_from(jobs).unwrap_or(u32::MAX));
    }
}

impl Default for StoreMeters {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for StoreMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreMeters").finish_non_exhaustive()
    }
}
