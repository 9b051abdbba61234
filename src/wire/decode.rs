//! Bytes to frames: the pre-scan, then ciborium, then a typed refusal for what is left.
//!
//! Answers whether a refused frame costs the connection: bytes that cannot be read do, a readable frame
//! with wrong fields does not. It must never decode bytes that the scan has not passed.

use std::cell::RefCell;

use serde::de::DeserializeOwned;
use thiserror::Error;

use super::names::shown;
use super::scan::{ScanError, ScanLimits, scan};
use super::{ErrorCode, Frame, Hello, PROTOCOL, Value};

/// Longest name that ciborium reads as an identifier; longer ones are refused as wrong fields.
const SCRATCH_BYTES: usize = 4 * 1024;

/// Longest message about a peer's frame.
const MESSAGE_CHARS_MAX: usize = 400;

/// What is wrong when ciborium runs out of bytes in a scanned item.
const SHAPE: &str = "got text, wanted a map with one key";

pub(super) type DeError = ciborium::de::Error<std::io::Error>;

thread_local! {
    // Zeroing a scratch for each frame would cost more than reading a small frame.
    static SCRATCH: RefCell<[u8; SCRATCH_BYTES]> = const { RefCell::new([0; SCRATCH_BYTES]) };
}

/// Why bytes are not a frame.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FrameError {
    /// Not an item of this protocol: the connection must close.
    #[error("the frame cannot be read: {0}")]
    Unreadable(#[from] ScanError),
    /// A readable item that is no frame: answered, and the connection goes on.
    #[error("{message}")]
    Fields {
        /// The id of the frame, if it has one that can be answered to.
        id: Option<u64>,
        /// The kind it says it is, shortened if long.
        kind: Option<String>,
        /// What was got and what was wanted.
        message: String,
    },
}

impl FrameError {
    /// Whether the connection must close.
    #[must_use]
    pub fn closes(&self) -> bool {
        matches!(self, Self::Unreadable(_))
    }

    /// The code of the answer.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        ErrorCode::BadFrame
    }
}

/// Reads one frame from the bytes after its length.
///
/// A `hello` of another version is answered with its version alone, whatever else it says.
pub fn decode(item: &[u8]) -> Result<Frame, FrameError> {
    scan(item, ScanLimits::default())?;
    match super::direct::call(item) {
        Some(frame) => Ok(frame),
        None => decode_any(item),
    }
}

/// Any frame, through ciborium.
pub(super) fn decode_any(item: &[u8]) -> Result<Frame, FrameError> {
    let mut rest = item;
    match read(&mut rest) {
        // ciborium takes the text `"key"` for `{"key": ..}` and reads on: what is left or missing tells.
        Ok(frame) if rest.is_empty() => Ok(frame),
        Ok(_) => explain(item, SHAPE),
        Err(err) => explain(item, &reason(err)),
    }
}

/// Reads one item and leaves what is behind it.
///
/// Scanned bytes are nested at most 16 deep, so ciborium's own limit of 256 is never what stops them.
pub(super) fn read<T: DeserializeOwned>(rest: &mut &[u8]) -> Result<T, DeError> {
    SCRATCH.with(|scratch| match scratch.try_borrow_mut() {
        Ok(mut scratch) => ciborium::de::from_reader_with_buffer(rest, scratch.as_mut_slice()),
        Err(_) => ciborium::de::from_reader_with_buffer(rest, &mut [0; SCRATCH_BYTES]),
    })
}

/// What ciborium has to say, without the names of its own types.
pub(super) fn reason(err: DeError) -> String {
    match err {
        ciborium::de::Error::Semantic(_, message) => message,
        ciborium::de::Error::Io(_) => SHAPE.to_owned(),
        ciborium::de::Error::Syntax(offset) => format!("not cbor at byte {offset}"),
        ciborium::de::Error::RecursionLimitExceeded => "nested too deeply".to_owned(),
    }
}

/// Finds the kind, the id and the field at fault. Only for refused frames, so it may read them again.
#[cold]
fn explain(item: &[u8], reason: &str) -> Result<Frame, FrameError> {
    let Ok(Value::Map(mut pairs)) = read::<Value>(&mut &*item) else {
        return Err(no_frame("an item that is no map"));
    };
    let (Some((Value::Text(kind), fields)), true) = (pairs.pop(), pairs.is_empty()) else {
        return Err(no_frame("a map of another size"));
    };
    if !Frame::KINDS.contains(&kind.as_str()) {
        let message = format!(
            "unknown kind of frame `{}`, wanted one of {}",
            shown(&kind),
            Frame::KINDS.join(", ")
        );
        return Err(FrameError::Fields {
            id: integer_of(&fields, "id"),
            kind: Some(shown(&kind)),
            message,
        });
    }
    if let ("hello", Some(protocol)) = (kind.as_str(), integer_of(&fields, "protocol"))
        && protocol != PROTOCOL
    {
        // Its fields are those of another version: only the version is ours to judge.
        return Ok(Frame::Hello(Hello {
            protocol,
            ..Hello::default()
        }));
    }
    let id = integer_of(&fields, "id");
    let message = match fields {
        Value::Map(fields) => match faulty_field(&kind, fields) {
            Some(field) => format!("`{kind}`, field `{}`: {reason}", shown(&field)),
            None => format!("`{kind}`: {reason}"),
        },
        _ => format!("`{kind}`: got no map, wanted a map of its fields"),
    };
    Err(FrameError::Fields {
        id,
        kind: Some(kind),
        message: message.chars().take(MESSAGE_CHARS_MAX).collect(),
    })
}

fn no_frame(got: &str) -> FrameError {
    FrameError::Fields {
        id: None,
        kind: None,
        message: format!("got {got}, wanted a map with one key, the kind of frame"),
    }
}

fn integer_of(fields: &Value, wanted: &str) -> Option<u64> {
    let fields = fields.as_map()?;
    let (_, value) = fields.iter().find(|(name, _)| name.as_text() == Some(wanted))?;
    u64::try_from(value.as_integer()?).ok()
}

/// The known field whose value alone is refused. A frame of one field else lacks others, and says so.
fn faulty_field(kind: &str, fields: Vec<(Value, Value)>) -> Option<String> {
    fields.into_iter().find_map(|(name, value)| {
        let field = name.as_text()?.to_owned();
        let alone = Value::Map(vec![(Value::from(kind), Value::Map(vec![(name, value)]))]);
        let message = alone.deserialized::<Frame>().err()?.to_string();
        let elsewhere = ["missing field", "unknown field", "got neither"];
        (!elsewhere.iter().any(|reason| message.contains(reason))).then_some(field)
    })
}
