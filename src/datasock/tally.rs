//! What came through one datasock: connections, frames, bytes, rates, the last fault. Counts, and decides nothing.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::rates::Rates;
use crate::runtime::metrics::DatasockMeters;

/// What went wrong last on a datasock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Fault {
    /// When.
    pub(crate) at: Timestamp,
    /// What, as the peer was told.
    pub(crate) text: String,
}

/// Figures of a datasock at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tallied {
    pub(crate) sessions: usize,
    pub(crate) frames: u64,
    pub(crate) bytes: u64,
    pub(crate) frames_per_s: u64,
    pub(crate) bytes_per_s: u64,
    pub(crate) last_fault: Option<Fault>,
}

/// Counts for one datasock, from all its connections.
#[derive(Debug)]
pub(crate) struct Tally {
    sessions: AtomicUsize,
    frames: AtomicU64,
    bytes: AtomicU64,
    since: Instant,
    rates: Mutex<Rates>,
    last_fault: Mutex<Option<Fault>>,
    meters: DatasockMeters,
}

impl Tally {
    /// Nothing yet; `receiver` is the label of its metrics.
    pub(crate) fn new(receiver: &'static str) -> Arc<Self> {
        Arc::new(Self {
            sessions: AtomicUsize::new(0),
            frames: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            since: Instant::now(),
            rates: Mutex::default(),
            last_fault: Mutex::default(),
            meters: DatasockMeters::new(receiver),
        })
    }

    /// Counts what came.
    pub(crate) fn count(&self, frames: u64, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.frames.fetch_add(frames, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.meters.received(frames, bytes);
        lock(&self.rates).count(self.since.elapsed().as_secs(), frames, bytes);
    }

    /// Counts a connection until the guard is dropped.
    pub(crate) fn opened(self: &Arc<Self>) -> Open {
        self.sessions.fetch_add(1, Ordering::AcqRel);
        Open(Arc::clone(self))
    }

    /// Notes what went wrong, whether by a panic or by what a peer sent.
    pub(crate) fn fault(&self, at: Timestamp, text: String, is_panic: bool) {
        self.meters.faulted(is_panic);
        *lock(&self.last_fault) = Some(Fault { at, text });
    }

    /// The figures now.
    pub(crate) fn look(&self) -> Tallied {
        let rate = lock(&self.rates).at(self.since.elapsed().as_secs());
        Tallied {
            sessions: self.sessions.load(Ordering::Acquire),
            frames: self.frames.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            frames_per_s: rate.frames,
            bytes_per_s: rate.bytes,
            last_fault: lock(&self.last_fault).clone(),
        }
    }
}

/// One open connection.
#[derive(Debug)]
pub(crate) struct Open(Arc<Tally>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.sessions.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Both are valid after every statement, so a panic of another holder does not matter.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_is_counted_and_an_ended_connection_is_not() {
        let tally = Tally::new("test");
        let open = (tally.opened(), tally.opened());
        drop(open.0);
        tally.count(2, 30);
        tally.count(1, 5);
        tally.fault(Timestamp::UNIX_EPOCH, "too long".to_owned(), false);
        let seen = tally.look();
        assert_eq!((seen.sessions, seen.frames, seen.bytes), (1, 3, 35));
        assert_eq!((seen.frames_per_s, seen.bytes_per_s), (1, 4));
        assert_eq!(seen.last_fault.unwrap().text, "too long");
    }
}
