//! The ring: the newest events, at most so many and at most so many bytes; the oldest are let go.
//!
//! Decides what stays. It neither waits nor writes, and knows nothing of where events come from.

use std::collections::VecDeque;
use std::sync::Arc;

use super::entry::Entry;

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RingLimits {
    /// Most events.
    pub entries: usize,
    /// Most bytes of all events together.
    pub bytes: usize,
}

impl Default for RingLimits {
    fn default() -> Self {
        Self {
            entries: 10_000,
            bytes: 8 * 1024 * 1024,
        }
    }
}

/// Invariant: neither more events nor more bytes than its limits.
#[derive(Debug)]
pub(super) struct Ring {
    entries: VecDeque<Arc<Entry>>,
    bytes: usize,
    limits: RingLimits,
    last_number: u64,
}

impl Ring {
    pub(super) fn new(limits: RingLimits) -> Self {
        Self {
            entries: VecDeque::new(),
            bytes: 0,
            limits,
            last_number: 0,
        }
    }

    /// Numbers and keeps an event; says how many old ones went for it.
    pub(super) fn push(&mut self, mut entry: Entry) -> (Arc<Entry>, u64) {
        self.last_number += 1;
        entry.number = self.last_number;
        let entry = Arc::new(entry);
        self.bytes += entry.bytes();
        self.entries.push_back(entry.clone());
        (entry, self.trim())
    }

    /// Holds from now on to other limits.
    pub(super) fn limit(&mut self, limits: RingLimits) -> u64 {
        self.limits = limits;
        self.trim()
    }

    /// Everything that is kept, oldest first.
    pub(super) fn all(&self) -> Vec<Arc<Entry>> {
        self.entries.iter().cloned().collect()
    }

    fn trim(&mut self) -> u64 {
        let mut gone = 0;
        while self.entries.len() > self.limits.entries || self.bytes > self.limits.bytes {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(oldest.bytes());
            gone += 1;
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use tracing::Level;

    use super::*;

    fn entry(text: &str) -> Entry {
        Entry {
            number: 0,
            at: Timestamp::UNIX_EPOCH,
            level: Level::INFO,
            target: "info",
            text: text.to_owned(),
            fields: Vec::new(),
        }
    }

    fn numbers(ring: &Ring) -> Vec<u64> {
        ring.all().iter().map(|entry| entry.number).collect()
    }

    #[test]
    fn the_ring_holds_so_many_events_and_lets_the_oldest_go_for_one_more() {
        let mut ring = Ring::new(RingLimits {
            entries: 3,
            bytes: 1_000_000,
        });
        assert!((0..3).all(|_| ring.push(entry("x")).1 == 0));
        assert_eq!(numbers(&ring), [1, 2, 3]);
        assert_eq!(ring.push(entry("x")).1, 1);
        assert_eq!(numbers(&ring), [2, 3, 4]);
    }

    #[test]
    fn the_ring_holds_so_many_bytes_and_lets_the_oldest_go_for_one_more() {
        let bytes = entry("xxxx").bytes();
        let mut ring = Ring::new(RingLimits {
            entries: 100,
            bytes: 2 * bytes,
        });
        ring.push(entry("xxxx"));
        assert_eq!(ring.push(entry("xxxx")).1, 0, "exactly full");
        assert_eq!(ring.push(entry("")).1, 1, "one more");
        assert_eq!(numbers(&ring), [2, 3]);
        assert_eq!(ring.push(entry("xxxxx")).1, 1, "one byte too many");
        assert_eq!(numbers(&ring), [3, 4]);
    }

    #[test]
    fn a_ring_made_smaller_lets_go_at_once_and_counts_on() {
        let mut ring = Ring::new(RingLimits::default());
        for _ in 0..5 {
            ring.push(entry("x"));
        }
        let smaller = RingLimits {
            entries: 2,
            ..RingLimits::default()
        };
        assert_eq!(ring.limit(smaller), 3);
        ring.push(entry("x"));
        assert_eq!(numbers(&ring), [5, 6]);
    }
}
