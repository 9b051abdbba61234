//! Answers to calls: in which form, and never longer than a frame.

use super::talk::{Speaker, spoken};
use crate::error::Error;
use crate::registry::peer::Peer;
use crate::registry::recent::Outcome;
use crate::wire::{self, Answer, ErrorCode, Frame};

/// In which form an answer goes out.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// As a `result`.
    Result,
    /// As text for people.
    Text(Speaker),
}

/// The longest head of a `result`: its kind, the key and figure of its id, the key of its value.
const RESULT_HEAD_BYTES_MAX: usize = 32;

/// An answer that no frame can hold is refused: a peer would have to end the connection over it.
pub(super) fn fitting(outcome: Outcome, frame_bytes_max: usize) -> Outcome {
    let bytes_max = frame_bytes_max.saturating_sub(RESULT_HEAD_BYTES_MAX);
    match outcome {
        Ok(value) if value.len() > bytes_max => {
            let message = format!(
                "the answer has {} bytes, at most {bytes_max} fit into a frame: ask for less",
                value.len()
            );
            Err(Error::new(ErrorCode::TooLarge, message))
        }
        other => other,
    }
}

/// Pushes the answer of a call.
pub(super) fn answer(peer: &Peer, id: u64, reply: &Reply, outcome: Outcome) {
    let pushed = match (reply, outcome) {
        (Reply::Result, Ok(value)) => peer.outbox().push_with(|out| {
            if let Err(err) = wire::encode_result_ok(id, &value, out) {
                tracing::error!(%err, "an answer of ours could not be encoded");
            }
        }),
        (Reply::Result, Err(err)) => peer.push(&Frame::Result(Answer {
            id,
            outcome: Err(err.to_wire()),
        })),
        (Reply::Text(speaker), outcome) => peer.push(&spoken(speaker, &outcome)),
    };
    // A peer that is gone does not miss its answer.
    drop(pushed);
}
