//! One frame for many receivers on its way to the shards, and the receipt by which its sender learns how many had it.
//!
//! Between a sender and a shard there is a bounded channel: a sender that is faster than the sockets waits here.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::oneshot;

/// To whom a frame goes.
#[derive(Debug, Clone)]
pub(crate) enum Whom {
    /// Every client.
    All,
    /// These connections, by number; those that are gone are passed over.
    These(Arc<[u64]>),
}

/// One frame, encoded, for the receivers of one shard.
#[derive(Debug)]
pub(super) struct Fan {
    pub(super) frame: Bytes,
    pub(super) whom: Whom,
    pub(super) receipt: Arc<Receipt>,
}

/// Counts receivers; when the last shard has let it go, the sender hears the count.
#[derive(Debug)]
pub(super) struct Receipt {
    pushed: AtomicUsize,
    told: Mutex<Option<oneshot::Sender<usize>>>,
}

impl Receipt {
    pub(super) fn new() -> (Arc<Self>, oneshot::Receiver<usize>) {
        let (tell, told) = oneshot::channel();
        let receipt = Self {
            pushed: AtomicUsize::new(0),
            told: Mutex::new(Some(tell)),
        };
        (Arc::new(receipt), told)
    }

    pub(super) fn pushed(&self, receivers: usize) {
        self.pushed.fetch_add(receivers, Ordering::AcqRel);
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        let told = self.told.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(told) = told {
            // A sender that went away does not want to know.
            let (Ok(()) | Err(_)) = told.send(self.pushed.load(Ordering::Acquire));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_sender_hears_the_sum_when_the_last_shard_is_done() {
        let (receipt, mut told) = Receipt::new();
        let other = Arc::clone(&receipt);
        receipt.pushed(3);
        drop(receipt);
        assert!(told.try_recv().is_err(), "one shard has not delivered");
        other.pushed(4);
        drop(other);
        assert_eq!(told.await, Ok(7));
    }
}
