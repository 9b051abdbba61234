//! The latest changing calls of one connection: a resumed connection that sends one again hears its first answer.
//!
//! Kept by call id and by what was called, because ids may be used again once answered. Bounded.

use std::collections::VecDeque;

use bytes::Bytes;
use tokio::sync::watch;

use crate::error::Error;

/// Calls of one connection that are kept.
pub(crate) const RECENT_MAX: usize = 64;

/// What a call ended with: CBOR of its reply, or the refusal.
pub(crate) type Outcome = Result<Bytes, Error>;

/// A call that is running or has ended.
pub(crate) type Running = watch::Receiver<Option<Outcome>>;

/// The latest changing calls of one connection, by call id.
#[derive(Debug, Default)]
pub(crate) struct Recent(VecDeque<(u64, Vec<u8>, Running)>);

impl Recent {
    /// Keeps a call, letting the oldest go at the bound.
    pub(crate) fn keep(&mut self, id: u64, hash: Vec<u8>, running: Running) {
        if self.0.len() >= RECENT_MAX {
            self.0.pop_front();
        }
        self.0.push_back((id, hash, running));
    }

    /// The same call under the same id.
    pub(crate) fn find(&self, id: u64, hash: &[u8]) -> Option<Running> {
        let same = |(known, known_hash, _): &&(u64, Vec<u8>, Running)| *known == id && known_hash == hash;
        self.0.iter().rev().find(same).map(|(_, _, running)| running.clone())
    }

    /// Whether there is nothing to find.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_answers_are_bounded_and_told_apart_by_call() {
        let mut recent = Recent::default();
        for id in 0..=RECENT_MAX {
            let (_, running) = watch::channel(None);
            recent.keep(u64::try_from(id).unwrap(), vec![1], running);
        }
        assert!(recent.find(0, &[1]).is_none(), "the oldest is gone");
        assert!(recent.find(1, &[1]).is_some());
        assert!(recent.find(1, &[2]).is_none(), "another call under the same id");
    }
}
