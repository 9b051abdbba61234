//! The event that a subscriber gets: a value, a failure, or the end of its subscription.
//!
//! Made once for each look; only the number of the subscription differs from one subscriber to the next.

use crate::error::Error;
use crate::registry::recent::Outcome;
use crate::wire::{self, ErrorCode, Event, Frame, Value};

/// What an event has beside its value and its name, at most: keys, heads, the epoch, a number.
const HEAD_BYTES_MAX: usize = 192;

/// One event, ready for each subscriber in turn.
pub(super) struct Telling(Frame);

impl Telling {
    /// What a look found.
    pub(super) fn of(epoch: &str, name: &str, outcome: &Outcome) -> Self {
        let (key, value) = match outcome {
            Ok(bytes) => match wire::from_cbor::<Value>(bytes) {
                Ok(value) => ("value", value),
                Err(err) => {
                    tracing::error!(%err, requestable = name, "a value of ours cannot be read");
                    (
                        "error",
                        error(&Error::new(ErrorCode::Internal, "the value cannot be read")),
                    )
                }
            },
            Err(err) => ("error", error(err)),
        };
        Self::with(epoch, name, vec![(text(key), value)])
    }

    /// That it is over, and why.
    pub(super) fn ended(epoch: &str, name: &str, why: &Error) -> Self {
        let fields = vec![(text("error"), error(why)), (text("ended"), Value::Bool(true))];
        Self::with(epoch, name, fields)
    }

    fn with(epoch: &str, name: &str, fields: Vec<(Value, Value)>) -> Self {
        let mut data = vec![(text("subscription"), Value::Null), (text("name"), text(name))];
        data.extend(fields);
        // It has no number: the newest value comes anyway, and the end is seen by asking.
        Self(Frame::Event(Event {
            epoch: epoch.to_owned(),
            seq: 0,
            name: name.to_owned(),
            data: Value::Map(data),
        }))
    }

    /// The event for this subscription.
    pub(super) fn to(&mut self, subscription: u64) -> &Frame {
        if let Frame::Event(event) = &mut self.0
            && let Value::Map(data) = &mut event.data
            && let Some((_, number)) = data.first_mut()
        {
            *number = Value::Integer(subscription.into());
        }
        &self.0
    }
}

/// A value that no frame can hold is a failure of its own.
pub(super) fn fitting(outcome: Outcome, name: &str, frame_bytes_max: usize) -> Outcome {
    // The name is there twice.
    let head = HEAD_BYTES_MAX.saturating_add(name.len().saturating_mul(2));
    let bytes_max = frame_bytes_max.saturating_sub(head);
    match outcome {
        Ok(value) if value.len() > bytes_max => {
            let message = format!(
                "the value has {} bytes, at most {bytes_max} fit into an event",
                value.len()
            );
            Err(Error::new(ErrorCode::TooLarge, message))
        }
        other => other,
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn error(err: &Error) -> Value {
    Value::serialized(&err.to_wire()).unwrap_or_else(|_| text(err.message()))
}

#[cfg(test)]
mod tests {
    use bytes::{Bytes, BytesMut};

    use super::*;

    #[test]
    fn the_longest_value_that_is_let_through_fits_into_a_frame_and_one_byte_more_is_refused() {
        let (epoch, name) = (uuid::Uuid::nil().to_string(), "N".repeat(70));
        let frame_bytes = 4_096;
        let max = frame_bytes - HEAD_BYTES_MAX - 140;
        let value = |bytes: usize| {
            let text = "x".repeat(bytes - 3);
            Ok(Bytes::from(wire::to_cbor(&text).unwrap()))
        };
        let outcome = fitting(value(max), &name, frame_bytes);
        assert!(outcome.is_ok());
        let mut out = BytesMut::new();
        wire::encode(Telling::of(&epoch, &name, &outcome).to(u64::MAX), &mut out).unwrap();
        assert!(out.len() - 4 <= frame_bytes, "{} bytes", out.len());
        let refused = fitting(value(max + 1), &name, frame_bytes).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::TooLarge);
    }
}
