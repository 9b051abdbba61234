//! Why something asked of the server did not come about.
//!
//! Tells a refusal of the server apart from everything that went wrong on the way, since only the former is final.

use std::time::Duration;

use crate::wire::{ErrorCode, WireError};

/// What went wrong.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ClientError {
    /// The server said no.
    #[error(transparent)]
    Refused(#[from] WireError),
    /// The connection ended before an answer came; what was asked may have been done.
    #[error("the connection closed: {reason}")]
    Closed {
        /// The word of the `bye`, or what happened.
        reason: String,
    },
    /// No answer in time; what was asked may have been done.
    #[error("no answer within {} ms", waited.as_millis())]
    Timeout {
        /// How long it was waited for.
        waited: Duration,
    },
    /// There is no connection.
    #[error("cannot reach {addr}: {why}")]
    NotReached {
        /// Where to.
        addr: String,
        /// What came back.
        why: String,
    },
    /// There is a server, and it is not believed to be the one that was meant. Nothing was said to it.
    #[error("{addr} is not trusted: {why}")]
    Untrusted {
        /// Where it is.
        addr: String,
        /// What is wrong with its certificate.
        why: String,
    },
    /// The other side does not speak as it should.
    #[error("the server broke the protocol: {0}")]
    Protocol(String),
}

impl ClientError {
    /// The server's code, if it refused.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused(err) => Some(err.code),
            _ => None,
        }
    }

    /// The connection is over and nobody said why.
    pub(crate) fn gone() -> Self {
        Self::Closed {
            reason: "the connection is gone".to_owned(),
        }
    }
}
