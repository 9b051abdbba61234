//! Messages between people: what one is, how long it may be, how it travels.
//!
//! These are ephemeral: who is not there does not hear them. Bodies are never logged and never kept.

pub(crate) mod commands;

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use serde::Serialize;

use crate::wire::{self, Event, Frame, Value};

/// Longest body, in bytes.
pub(crate) const BODY_BYTES_MAX: usize = 8_192;

/// Why something cannot be said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MessageError {
    /// Nothing but white space.
    #[error("the message is empty, wanted 1 to {BODY_BYTES_MAX} bytes of text")]
    Empty,
    /// Too long for any receiver.
    #[error("the message has {got} bytes, at most {max} are carried")]
    TooLong {
        /// Its bytes.
        got: usize,
        /// The bound.
        max: usize,
    },
}

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

/// Whether this can be said.
pub(crate) fn check(body: &str) -> Result<(), MessageError> {
    if body.trim().is_empty() {
        return Err(MessageError::Empty);
    }
    if body.len() > BODY_BYTES_MAX {
        return Err(MessageError::TooLong {
            got: body.len(),
            max: BODY_BYTES_MAX,
        });
    }
    Ok(())
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
    fn a_body_has_a_byte_to_the_bound_and_says_something() {
        assert_eq!(check("x"), Ok(()));
        assert_eq!(check(&"x".repeat(BODY_BYTES_MAX)), Ok(()));
        let too_long = MessageError::TooLong {
            got: BODY_BYTES_MAX + 1,
            max: BODY_BYTES_MAX,
        };
        assert_eq!(check(&"x".repeat(BODY_BYTES_MAX + 1)), Err(too_long));
        for nothing in ["", " ", "\n\t "] {
            assert_eq!(check(nothing), Err(MessageError::Empty));
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
