//! What is kept of clients that left, for their return: their last changing calls, and events they have not had.
//!
//! Bounded in number; the one that left longest ago is let go first.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::registry::Standing;
use crate::registry::events::{Events, Mailbag};
use crate::registry::recent::Recent;

/// Clients that left and are kept.
const PARKED_MAX: usize = 10_000;

/// What is kept of one client.
#[derive(Default)]
pub(super) struct Left {
    /// Who it was, for events that happen meanwhile.
    who: String,
    /// Its last changing calls.
    pub(super) recent: Option<Recent>,
    /// What waits for it.
    pub(super) mail: Mailbag,
}

/// Clients that left, the oldest let go at the bound.
#[derive(Default)]
pub(super) struct Parked {
    left: HashMap<Arc<str>, Left>,
    order: VecDeque<Arc<str>>,
}

impl Parked {
    /// Keeps what a client leaves behind. Of a guest without anything, nothing.
    pub(super) fn keep(&mut self, standing: &Standing, events: &Events) {
        let left = Left {
            who: standing.who(),
            recent: standing.recent().filter(Recent::park),
            mail: standing.take_mail(),
        };
        let is_known = standing.user.is_some() || standing.key_id.is_some();
        if !is_known && left.recent.is_none() && left.mail.is_empty() {
            return;
        }
        while self.order.len() >= PARKED_MAX {
            if let Some(oldest) = self.order.pop_front()
                && let Some(forgotten) = self.left.remove(&oldest)
            {
                events.forgotten(&forgotten.mail);
            }
        }
        self.order.push_back(standing.client_id.clone());
        self.left.insert(standing.client_id.clone(), left);
    }

    /// What was kept of a client that is back.
    pub(super) fn take(&mut self, client_id: &str) -> Left {
        let found = self.left.remove(client_id);
        if found.is_some() {
            self.order.retain(|id| **id != *client_id);
        }
        found.unwrap_or_default()
    }

    /// The mailbags of those who are meant.
    pub(super) fn mail(&mut self, is_meant: impl Fn(&str, &str) -> bool) -> impl Iterator<Item = &mut Mailbag> {
        let meant = self.left.iter_mut().filter(move |(id, left)| is_meant(id, &left.who));
        meant.map(|(_, left)| &mut left.mail)
    }
}
