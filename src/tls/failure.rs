//! Why a handshake came to nothing, as stable words for metrics. Never carries what a peer sent.

use std::fmt;
use std::io::{Error, ErrorKind};

use tokio_rustls::rustls;

/// What went wrong before a stream was secure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HandshakeFailure {
    /// It was not finished in time.
    Timeout,
    /// What came is no TLS.
    NotTls,
    /// The peer speaks an older version, or nothing else in common.
    Incompatible,
    /// The peer did not like us: most likely our certificate.
    RefusedByPeer,
    /// The connection ended in the middle.
    Closed,
    /// The peer broke the rules of TLS.
    Broken,
}

impl HandshakeFailure {
    /// The stable word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::NotTls => "not_tls",
            Self::Incompatible => "incompatible",
            Self::RefusedByPeer => "refused_by_peer",
            Self::Closed => "closed",
            Self::Broken => "broken",
        }
    }

    /// What an error of a handshake means.
    pub(crate) fn of(error: &Error) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match inner {
            Some(rustls::Error::InvalidMessage(_)) => Self::NotTls,
            Some(rustls::Error::PeerIncompatible(_)) => Self::Incompatible,
            Some(rustls::Error::AlertReceived(_)) => Self::RefusedByPeer,
            Some(_) => Self::Broken,
            None if error.kind() == ErrorKind::TimedOut => Self::Timeout,
            None => Self::Closed,
        }
    }
}

impl fmt::Display for HandshakeFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
