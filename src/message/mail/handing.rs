//! Messages to places with more people than one message reaches at once: the others get their lines behind it, in pieces.
//!
//! Who waits is on the disk with the message. One task serves them at a time; what it leaves, for whatever reason, the next
//! sweep goes on with, also after a restart.

use std::sync::atomic::Ordering;

use super::super::store::{To, waiting_next};
use super::Mail;
use crate::error::Error;
use crate::store::StoreError;
use crate::wire::ErrorCode;

/// People who may wait for a line of theirs, all messages together.
const WAITING_MAX: usize = 1_000_000;
/// Pieces served in one go; then others have their turn.
const PIECES_MAX: usize = 256;

/// Whether so many more may wait.
pub(super) fn check_room(to: &To, at_once: usize, waiting: usize) -> Result<(), Error> {
    let To::Found(found) = to else { return Ok(()) };
    let more = found.people.len().saturating_sub(at_once);
    if more == 0 || waiting.saturating_add(more) <= WAITING_MAX {
        return Ok(());
    }
    // Of how many it is too much is not said: that would tell how many are there.
    let message = "messages to many people are on their way, and there is no room for another one yet; try again";
    Err(Error::new(ErrorCode::Busy, message))
}

impl Mail {
    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.0.waiting.load(Ordering::Relaxed)
    }

    /// So many more wait; they are served at once.
    pub(super) async fn wait_for(&self, more: usize) {
        self.0.waiting.fetch_add(more, Ordering::Relaxed);
        if let Err(err) = self.hand_on().await {
            tracing::debug!(%err, "lines that are waited for could not be written; it is tried again");
        }
    }

    /// Gives lines to those who wait for one, unless somebody does already.
    pub(super) async fn hand_on(&self) -> Result<(), StoreError> {
        self.0.meters.waiting(self.waiting());
        let Ok(_turn) = self.0.handing.try_lock() else {
            return Ok(());
        };
        let at_once = self.limits().recipients_max;
        for _ in 0..PIECES_MAX {
            let waiting = self.waiting();
            if waiting == 0 {
                return Ok(());
            }
            let served = self.0.store.write(move |conn| waiting_next(conn, at_once)).await?;
            // Nobody waits: others were served with another message, erased, or their time was over.
            let count = served.as_ref().map_or(waiting, Vec::len);
            self.0.waiting.fetch_sub(count.min(waiting), Ordering::Relaxed);
            self.0.meters.waiting(self.waiting());
            if let Some(people) = served {
                self.told(Some(&people));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::UserId;
    use crate::message::store::{BUILDING, Found};

    #[test]
    fn as_many_wait_as_may_and_who_gets_a_line_at_once_does_not_wait() {
        let to = |people: i64| {
            To::Found(Found {
                target: BUILDING,
                name: None,
                people: (0..people).map(UserId).collect(),
                seen: 0,
            })
        };
        assert!(check_room(&to(1_010), 1_000, WAITING_MAX - 10).is_ok());
        let refused = check_room(&to(1_011), 1_000, WAITING_MAX - 10).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::Busy);
        assert!(!refused.message().contains(char::is_numeric), "{}", refused.message());
        assert!(check_room(&to(1_000), 1_000, WAITING_MAX).is_ok());
        assert!(check_room(&To::Everybody, 1, WAITING_MAX).is_ok());
    }
}
