//! Messages between people: what is said to whoever is there, and what is kept for whom it is for.
//!
//! To a client or to all is said once: who is not there does not hear it. Everything else goes through [`mail`]: it is
//! stored, and comes to every session of its people until it is acknowledged. Bodies are never logged.

pub(crate) mod allowance;
pub(crate) mod commands;
pub(crate) mod entry;
pub(crate) mod mail;
pub(crate) mod refusal;
pub(crate) mod rules;
pub(crate) mod store;
pub(crate) mod window;

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use serde::Serialize;

use crate::wire::{self, Event, Frame, Value};

pub(crate) use allowance::Rate;
pub(crate) use mail::Mail;
pub(crate) use rules::MessageError;

/// One message as its receivers get it, as the `data` of an event.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Message<'a> {
    /// Grows with every message, over restarts too.
    pub(crate) id: u64,
    /// The sender's name.
    pub(crate) from: &'a str,
    /// The sender's client id.
    pub(crate) from_id: &'a str,
    /// What is said.
    pub(crate) body: &'a str,
    /// When the server took it.
    pub(crate) at: Timestamp,
}

impl Message<'_> {
    /// The event as it travels, for all receivers; `frame_bytes_max` is what each of them takes.
    pub(crate) fn event(&self, epoch: &str, frame_bytes_max: usize) -> Result<Bytes, MessageError> {
        let too_long = |head: usize| MessageError::TooLong {
            got: self.body.len(),
            max: frame_bytes_max.saturating_sub(head),
        };
        let data = Value::serialized(self).map_err(|_| too_long(0))?;
        let event = Frame::Event(Event {
            epoch: epoch.to_owned(),
            seq: 0,
            name: "message".to_owned(),
            data,
        });
        let mut out = BytesMut::new();
        wire::encode(&event, &mut out).map_err(|_| too_long(0))?;
        let item = out.len().saturating_sub(wire::LENGTH_BYTES);
        if item > frame_bytes_max {
            return Err(too_long(item - self.body.len()));
        }
        Ok(out.freeze())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(body: &str) -> Message<'_> {
        Message {
            id: 1,
            from: "anna",
            from_id: "c-1",
            body,
            at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_event_is_as_long_as_a_frame_at_most_and_the_refusal_says_what_would_fit() {
        let frame_bytes_max = 1_024;
        let refused = message(&"x".repeat(2_000)).event("e", frame_bytes_max).unwrap_err();
        let MessageError::TooLong { got: 2_000, max } = refused else {
            panic!("{refused}")
        };
        let longest = message(&"x".repeat(max)).event("e", frame_bytes_max).unwrap();
        assert_eq!(longest.len(), wire::LENGTH_BYTES + frame_bytes_max);
        assert!(message(&"x".repeat(max + 1)).event("e", frame_bytes_max).is_err());
    }
}
