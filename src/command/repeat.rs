//! One run for each request id: while the first call still runs, its twins wait for it here.
//!
//! Once it has ended, the store has its answer. Bounded by the calls that sessions may have open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use tokio::sync::watch;

use crate::registry::recent::{Outcome, Running};
use crate::wire::{self, Value};

/// Waits for the end of a call. A call that ended without an answer died.
pub(crate) async fn ended(mut running: Running) -> Option<Outcome> {
    let outcome = running.wait_for(Option::is_some).await.ok()?;
    outcome.clone()
}

/// Parameters that never enter a hash: a fast hash of a short secret is as good as the secret.
const SECRETS: &[&str] = &[
    "password",
    "old_password",
    "new_password",
    "pin",
    "key",
    "code",
    "invitation",
    "embedding",
];

/// Tells two calls apart: command and arguments, in any order, secrets left out.
pub(crate) fn call_hash(command: &str, bound: &Value) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(command.as_bytes());
    if let Value::Map(arguments) = bound {
        let mut arguments: Vec<(&str, &Value)> = arguments
            .iter()
            .filter_map(|(name, value)| name.as_text().map(|name| (name, value)))
            .filter(|(name, _)| !SECRETS.contains(name))
            .collect();
        arguments.sort_by_key(|(name, _)| *name);
        if let Ok(bytes) = wire::to_cbor(&arguments) {
            hash.update(&bytes);
        }
    }
    hash.finalize().to_vec()
}

/// Who asked under which request id.
pub(crate) type RequestName = (String, String);

/// Changing calls that run now, by request id.
#[derive(Debug, Default, Clone)]
pub(crate) struct InFlight(Arc<Mutex<Calls>>);

/// What each one called, and its end.
type Calls = HashMap<RequestName, (Vec<u8>, Running)>;

/// A call's place among those in flight; given back when it ends, however it ends.
pub(crate) struct Place {
    in_flight: InFlight,
    name: RequestName,
    ended: watch::Sender<Option<Outcome>>,
}

impl Place {
    /// Tells the twins how it ended.
    pub(crate) fn end(&self, outcome: &Outcome) {
        self.ended.send_replace(Some(outcome.clone()));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut calls = self.in_flight.0.lock().unwrap_or_else(PoisonError::into_inner);
        calls.remove(&self.name);
    }
}

/// What a request id means at this moment.
pub(crate) enum Entered {
    /// Nobody runs it: go on, and keep the place until the end.
    First(Place),
    /// A twin runs it.
    Twin(Running),
    /// The id is in use for another call.
    Other,
}

impl InFlight {
    /// Takes the place of a request id, or finds who has it.
    pub(crate) fn enter(&self, name: RequestName, hash: &[u8]) -> Entered {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match calls.get(&name) {
            Some((known, running)) if known == hash => Entered::Twin(running.clone()),
            Some(_) => Entered::Other,
            None => {
                let (ended, running) = watch::channel(None);
                calls.insert(name.clone(), (hash.to_vec(), running));
                Entered::First(Place {
                    in_flight: self.clone(),
                    name,
                    ended,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn name() -> RequestName {
        ("user:1".to_owned(), "r1".to_owned())
    }

    #[actix::test]
    async fn a_twin_hears_the_first_answer() {
        let calls = InFlight::default();
        let Entered::First(place) = calls.enter(name(), b"h") else {
            panic!("the first is first")
        };
        let Entered::Twin(running) = calls.enter(name(), b"h") else {
            panic!("the second is a twin")
        };
        assert!(matches!(calls.enter(name(), b"other"), Entered::Other));
        place.end(&Ok(Bytes::from_static(b"\x01")));
        drop(place);
        assert_eq!(ended(running).await.unwrap().unwrap(), Bytes::from_static(b"\x01"));
        assert!(matches!(calls.enter(name(), b"h"), Entered::First(_)));
    }

    #[actix::test]
    async fn a_twin_of_a_call_that_died_hears_no_answer() {
        let calls = InFlight::default();
        let Entered::First(place) = calls.enter(name(), b"h") else {
            panic!("the first is first")
        };
        let Entered::Twin(running) = calls.enter(name(), b"h") else {
            panic!("the second is a twin")
        };
        drop(place);
        assert!(ended(running).await.is_none());
    }
}
