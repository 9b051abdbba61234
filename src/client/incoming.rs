//! What the server sends by itself, on its way to our reader.
//!
//! Owns the bounded queue and the rule for a full one: the connection is never held up. Calls are answered `busy`,
//! texts are lost and counted, events are not acknowledged and so come again, in order and each once.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::wire::{Args, Event, Value, WireError};

/// One thing from the server.
#[derive(Clone, PartialEq)]
pub enum Incoming {
    /// Run a command; to be answered with the id.
    Call {
        /// Goes into the answer.
        id: u64,
        /// Name of the command.
        command: String,
        /// Its arguments.
        args: Args,
        /// The caller waits no longer than this.
        deadline: Option<Duration>,
    },
    /// Tell something; to be answered with the id.
    Request {
        /// Goes into the answer.
        id: u64,
        /// Name of the requestable.
        name: String,
        /// Its arguments.
        args: Args,
    },
    /// Something happened.
    Event {
        /// What kind of thing.
        name: String,
        /// The particulars.
        data: Value,
    },
    /// Somebody said something.
    Text {
        /// Who.
        from: Option<String>,
        /// What.
        body: String,
    },
    /// A frame of ours that was no question was refused.
    Refused(WireError),
    /// The server closes.
    Bye {
        /// Why, in one word.
        reason: String,
        /// How long to stay away.
        reconnect_after: Option<Duration>,
    },
}

/// Names what came, never what it said.
impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call { id, command, .. } => write!(f, "Call {id} {command}"),
            Self::Request { id, name, .. } => write!(f, "Request {id} {name}"),
            Self::Event { name, .. } => write!(f, "Event {name}"),
            Self::Text { .. } => f.write_str("Text"),
            Self::Refused(err) => write!(f, "Refused {}", err.code),
            Self::Bye { reason, .. } => write!(f, "Bye {reason}"),
        }
    }
}

/// What became of an incoming frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Queued,
    /// The queue is full.
    Full,
    /// Nobody listens, or not any more.
    Unheard,
}

/// The writing end of the queue. It outlives a connection, so that a reader stays over a reconnect.
pub(super) struct Inbox {
    sender: Option<mpsc::Sender<Incoming>>,
    receiver: Mutex<Option<mpsc::Receiver<Incoming>>>,
    events: Mutex<Events>,
    missed: AtomicU64,
}

/// How far the events of an epoch have come.
#[derive(Debug, Default)]
struct Events {
    epoch: String,
    /// The last that was handed over.
    last: u64,
    /// The first that found the queue full. Later ones wait for it, or an `ack` of theirs would lose it.
    missing: Option<u64>,
}

impl Inbox {
    pub(super) fn new(max: usize) -> Self {
        let (sender, receiver) = match max {
            0 => (None, None),
            max => {
                let (sender, receiver) = mpsc::channel(max);
                (Some(sender), Some(receiver))
            }
        };
        Self {
            sender,
            receiver: Mutex::new(receiver),
            events: Mutex::default(),
            missed: AtomicU64::new(0),
        }
    }

    pub(super) fn take(&self) -> Option<mpsc::Receiver<Incoming>> {
        lock(&self.receiver).take()
    }

    pub(super) fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    /// Queues without waiting.
    pub(super) fn offer(&self, incoming: Incoming) -> Fate {
        let Some(sender) = &self.sender else {
            return Fate::Unheard;
        };
        match sender.try_send(incoming) {
            Ok(()) => Fate::Queued,
            Err(TrySendError::Full(_)) => {
                self.missed.fetch_add(1, Ordering::Relaxed);
                Fate::Full
            }
            Err(TrySendError::Closed(_)) => Fate::Unheard,
        }
    }

    /// Queues an event and answers up to where all have arrived, if that is to be acknowledged.
    pub(super) fn event(&self, event: Event) -> Option<u64> {
        let Event { epoch, seq, name, data } = event;
        let mut events = lock(&self.events);
        if events.epoch != epoch {
            *events = Events {
                epoch,
                ..Events::default()
            };
        }
        // What may be lost has no number.
        let counts = seq > 0;
        if counts && seq <= events.last {
            return Some(events.last);
        }
        if counts && events.missing.is_some_and(|missing| seq > missing) {
            self.missed.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        match self.offer(Incoming::Event { name, data }) {
            Fate::Full => {
                if counts {
                    events.missing = Some(seq);
                }
                None
            }
            Fate::Queued | Fate::Unheard if counts => {
                events.last = seq;
                events.missing = None;
                Some(seq)
            }
            Fate::Queued | Fate::Unheard => None,
        }
    }
}

/// What is locked here is valid after every statement, so a panic of another holder does not matter.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(epoch: &str, seq: u64) -> Event {
        Event {
            epoch: epoch.to_owned(),
            seq,
            name: format!("e{seq}"),
            data: Value::Null,
        }
    }

    fn text(body: &str) -> Incoming {
        Incoming::Text {
            from: None,
            body: body.to_owned(),
        }
    }

    #[test]
    fn the_queue_takes_its_bound_and_not_one_more() {
        let inbox = Inbox::new(2);
        assert_eq!(inbox.offer(text("1")), Fate::Queued);
        assert_eq!(inbox.offer(text("2")), Fate::Queued);
        assert_eq!(inbox.missed(), 0);
        assert_eq!(inbox.offer(text("3")), Fate::Full);
        assert_eq!(inbox.missed(), 1);
        let mut reader = inbox.take().unwrap();
        assert!(inbox.take().is_none());
        assert_eq!(reader.try_recv().unwrap(), text("1"));
        assert_eq!(inbox.offer(text("4")), Fate::Queued);
        drop(reader);
        assert_eq!(inbox.offer(text("5")), Fate::Unheard);
    }

    #[test]
    fn an_event_that_found_no_room_is_not_acknowledged_by_a_later_one() {
        let inbox = Inbox::new(2);
        let mut reader = inbox.take().unwrap();
        assert_eq!(inbox.event(event("a", 1)), Some(1));
        assert_eq!(inbox.event(event("a", 2)), Some(2));
        assert_eq!(inbox.event(event("a", 3)), None);
        reader.try_recv().unwrap();
        reader.try_recv().unwrap();
        // There is room again, but 3 has not arrived.
        assert_eq!(inbox.event(event("a", 4)), None);
        assert_eq!(inbox.event(event("a", 3)), Some(3));
        assert_eq!(inbox.event(event("a", 4)), Some(4));
    }

    #[test]
    fn an_event_that_comes_again_is_acknowledged_again_and_handed_over_once() {
        let inbox = Inbox::new(8);
        let mut reader = inbox.take().unwrap();
        assert_eq!(inbox.event(event("a", 1)), Some(1));
        assert_eq!(inbox.event(event("a", 2)), Some(2));
        assert_eq!(inbox.event(event("a", 1)), Some(2));
        // Another epoch counts anew; number 0 may be lost and is never acknowledged.
        assert_eq!(inbox.event(event("b", 1)), Some(1));
        assert_eq!(inbox.event(event("b", 0)), None);
        let names: Vec<Incoming> = std::iter::from_fn(|| reader.try_recv().ok()).collect();
        assert_eq!(format!("{names:?}"), "[Event e1, Event e2, Event e1, Event e0]");
    }

    #[test]
    fn without_a_listener_events_are_done_with_and_calls_are_unheard() {
        let inbox = Inbox::new(0);
        assert_eq!(inbox.event(event("a", 1)), Some(1));
        assert_eq!(inbox.offer(text("1")), Fate::Unheard);
        assert!(inbox.take().is_none());
    }
}
