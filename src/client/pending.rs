//! Questions without an answer yet: which id waits for what.
//!
//! Every question leaves here exactly once: by its answer, by its asker's going away, or by the end of the connection.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::ClientError;
use crate::wire::Value;

type Outcome = Result<Value, ClientError>;

/// The open questions of one connection. Bounded by the permits that askers hold.
#[derive(Default)]
pub(super) struct Pending(Mutex<State>);

#[derive(Default)]
struct State {
    open: HashMap<u64, oneshot::Sender<Outcome>>,
    ended: Option<ClientError>,
}

/// One open question; dropping it forgets the question.
pub(super) struct Open<'a> {
    pending: &'a Pending,
    id: u64,
    answer: oneshot::Receiver<Outcome>,
}

impl Pending {
    /// Notes a question, before it is sent.
    pub(super) fn open(&self, id: u64) -> Result<Open<'_>, ClientError> {
        let (sender, answer) = oneshot::channel();
        let mut state = self.lock();
        if let Some(why) = &state.ended {
            return Err(why.clone());
        }
        state.open.insert(id, sender);
        Ok(Open {
            pending: self,
            id,
            answer,
        })
    }

    /// Hands an answer over. Nobody may be waiting for it any more.
    pub(super) fn settle(&self, id: u64, outcome: Outcome) {
        let asker = self.lock().open.remove(&id);
        if let Some(asker) = asker {
            drop(asker.send(outcome));
        }
    }

    /// Tells all askers, present and future, that the connection is over.
    pub(super) fn end(&self, why: &ClientError) {
        let open = {
            let mut state = self.lock();
            state.ended.get_or_insert_with(|| why.clone());
            std::mem::take(&mut state.open)
        };
        for asker in open.into_values() {
            drop(asker.send(Err(why.clone())));
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.lock().open.len()
    }

    /// The map is valid after every statement, so a panic of another holder does not matter.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open<'_> {
    /// Waits for the answer.
    pub(super) async fn answer(mut self) -> Outcome {
        (&mut self.answer).await.unwrap_or_else(|_| Err(ClientError::gone()))
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.pending.lock().open.remove(&self.id);
    }
}
