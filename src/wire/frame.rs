//! The frame: one enum for both directions, a map with one key on the wire.
//!
//! Owns the list of kinds and the small frames of the connection itself. Externally tagged, because
//! internally tagged enums buffer; unknown kinds and fields are refused by name.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::hello::Hello;
use super::talk::{Answer, Call, Event, Request, Send, Text};
use super::welcome::Welcome;
use super::{ErrorCode, Value, WireError};

/// One frame. The name of the variant in `snake_case` is its kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frame {
    /// A client's first.
    Hello(Hello),
    /// The server's answer to it.
    Welcome(Box<Welcome>),
    /// Free text or a call in text form.
    Text(Text),
    /// Run a command.
    Call(Call),
    /// Tell something.
    Request(Request),
    /// The answer to what had an id.
    Result(Answer),
    /// A message to people.
    Send(Send),
    /// Something happened.
    Event(Event),
    /// Events that have arrived.
    Ack(Ack),
    /// Are you there.
    Ping(Ping),
    /// Yes.
    Pong(Pong),
    /// A client's first on a datasock.
    Attach(Attach),
    /// The server's answer to it.
    Attached(Attached),
    /// The sender closes.
    Bye(Bye),
    /// A frame was refused.
    Error(Refusal),
}

impl Frame {
    /// Every kind, in the order of the protocol.
    pub const KINDS: &'static [&'static str] = &[
        "hello", "welcome", "text", "call", "request", "result", "send", "event", "ack", "ping", "pong", "attach",
        "attached", "bye", "error",
    ];

    /// The name of the kind, as on the wire.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Hello(_) => "hello",
            Self::Welcome(_) => "welcome",
            Self::Text(_) => "text",
            Self::Call(_) => "call",
            Self::Request(_) => "request",
            Self::Result(_) => "result",
            Self::Send(_) => "send",
            Self::Event(_) => "event",
            Self::Ack(_) => "ack",
            Self::Ping(_) => "ping",
            Self::Pong(_) => "pong",
            Self::Attach(_) => "attach",
            Self::Attached(_) => "attached",
            Self::Bye(_) => "bye",
            Self::Error(_) => "error",
        }
    }
}

/// All events up to `seq` have arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ack {
    /// The last that arrived.
    pub seq: u64,
}

/// Are you there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ping {
    /// Comes back in the pong.
    pub id: u64,
}

/// The answer to a ping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pong {
    /// The id of the ping.
    pub id: u64,
    /// The sender's time: RFC 3339, UTC.
    pub at: String,
}

/// Ties a datasock to a client.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attach {
    /// The id from the welcome.
    pub client_id: String,
    /// From the `datasocks` event or `s.attach`; good once.
    pub ticket: String,
    /// Name of the datasock.
    pub datasock: String,
}

impl fmt::Debug for Attach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attach")
            .field("client_id", &self.client_id)
            .field("ticket", &format_args!("***"))
            .field("datasock", &self.datasock)
            .finish()
    }
}

/// The datasock is tied; its receiver's own frames follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attached {
    /// Name of the datasock.
    pub datasock: String,
}

/// The last frame of a side that closes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bye {
    /// Why, in one word.
    pub reason: String,
    /// How long to wait before coming again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconnect_after_ms: Option<u64>,
}

/// Why a frame was refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// For programs.
    pub code: ErrorCode,
    /// For people: what was got and what was wanted.
    pub message: String,
    /// The id of the refused frame, if it has a readable one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// For programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Value>,
}

impl From<WireError> for Refusal {
    fn from(error: WireError) -> Self {
        Self {
            code: error.code,
            message: error.message,
            id: None,
            detail: error.detail,
        }
    }
}
