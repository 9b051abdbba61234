//! Open connections, counted against their bound and in the metrics.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::runtime::CloseReason;
use crate::runtime::metrics::ConnectionMeters;

/// Every connection of the house, at whatever door.
#[derive(Debug, Clone, Default)]
pub(crate) struct Connections(Arc<AtomicUsize>);

impl Connections {
    /// Counts one more, unless that would be one too many.
    pub(crate) fn open(&self, max: usize, meters: &ConnectionMeters) -> Option<ConnectionCount> {
        let taken = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, |open| {
            (open < max).then_some(open + 1)
        });
        taken.ok()?;
        meters.opened();
        Some(ConnectionCount {
            open: self.clone(),
            meters: meters.clone(),
            reason: CloseReason::Refused,
        })
    }

    /// How many are open.
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }
}

/// One counted connection.
#[derive(Debug)]
pub(crate) struct ConnectionCount {
    open: Connections,
    meters: ConnectionMeters,
    reason: CloseReason,
}

impl ConnectionCount {
    /// The figures of its door.
    pub(crate) fn meters(&self) -> &ConnectionMeters {
        &self.meters
    }

    /// Says why it ended.
    pub(crate) fn closed(mut self, reason: CloseReason) {
        self.reason = reason;
    }
}

impl Drop for ConnectionCount {
    fn drop(&mut self) {
        self.open.0.fetch_sub(1, Ordering::AcqRel);
        self.meters.closed(&self.reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_more_than_the_bound_is_not_let_in() {
        let connections = Connections::default();
        let meters = ConnectionMeters::new("test");
        let first = connections.open(2, &meters).unwrap();
        let second = connections.open(2, &meters);
        assert!(second.is_some() && connections.open(2, &meters).is_none());
        first.closed(CloseReason::PeerClosed);
        assert_eq!(connections.count(), 1);
        assert!(connections.open(2, &meters).is_some());
    }
}
