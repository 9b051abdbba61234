//! The protocol: frames, values, error codes, and how they become bytes. Version 1.
//!
//! Owns the shapes of everything that travels on a serversock; `docs/protocol.md` is its text.
//! Answers with a frame for bytes and bytes for a frame, and with a typed error for everything else.
//! It knows nobody: no actors, no storage, no clock, no sockets.

pub mod code;
pub mod codec;
mod decode;
mod direct;
pub mod frame;
pub mod hello;
pub mod json;
pub(crate) mod names;
mod scan;
pub(crate) mod strict;
pub mod talk;
mod transit;
pub mod welcome;
mod write;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use code::ErrorCode;
pub use codec::{
    CodecError, EncodeError, FrameCodec, FromCborError, LENGTH_BYTES, encode, encode_result_ok, from_cbor, to_cbor,
};
pub use decode::{FrameError, decode};
pub use frame::{Ack, Attach, Attached, Bye, Frame, Ping, Pong, Refusal};
pub use hello::{ClientKind, Hello, Login};
pub use names::UnknownName;
pub use scan::{ScanError, ScanFault, ScanLimits, scan};
pub use talk::{Answer, Args, Call, Event, Everybody, Request, Send, Target, Text, number};
pub(crate) use transit::{Transit, transit};
pub use welcome::{DatasockInfo, Limits, ServerInfo, Welcome};

/// The version of the protocol that this side speaks.
pub const PROTOCOL: u64 = 1;

/// Any CBOR item. Only [`scan()`]ned bytes become one, so it holds no tags, and its maps have text keys without duplicates.
pub type Value = ciborium::value::Value;

/// A refusal as it travels: a stable code, a text for people, and what a program needs to go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(deny_unknown_fields)]
#[error("{code}: {message}")]
pub struct WireError {
    /// For programs; never changes its meaning.
    pub code: ErrorCode,
    /// For people: what was got and what was wanted.
    pub message: String,
    /// For programs, e.g. the interval that is in the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Value>,
}
