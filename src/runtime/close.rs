//! Why a connection ended: the word in `bye` and the label of `motorpool_connections_closed_total`.
//!
//! The words are stable; programs match on them. A reason never carries what a peer sent.

use std::fmt;

/// Why a connection was closed; the first reason given wins.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// The peer said good-bye or closed its end.
    PeerClosed,
    /// A frame could not be read.
    BadFrame,
    /// A frame was longer than the limit.
    TooLarge,
    /// The handshake was not finished in time.
    HandshakeTimeout,
    /// Name, password, key or token were refused.
    BadLogin,
    /// The peer read too slowly: its outbox reached the bound.
    Lagged,
    /// The peer sent more than is served and did not stop.
    Flooded,
    /// The peer took no byte for too long.
    Stalled,
    /// The same client connected again.
    Replaced,
    /// Somebody who may do so sent the client away.
    Kicked {
        /// Name of who did.
        by: String,
        /// What they said for a reason.
        reason: Option<String>,
    },
    /// The datasock it was on was closed.
    DatasockClosed,
    /// The server stops.
    ShuttingDown,
    /// It was moved to another server, and took that.
    Moved,
    /// The server begins anew.
    Restarting,
    /// Nothing was heard for too long.
    Idle,
    /// The transport failed.
    Io,
    /// It was not let in.
    Refused,
    /// Its account or key lost the right to be connected.
    SignedOut,
    /// The session went away without saying why: a panic, or a server torn down.
    Abandoned,
}

impl CloseReason {
    /// The stable word for it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::PeerClosed => "peer_closed",
            Self::BadFrame => "bad_frame",
            Self::TooLarge => "too_large",
            Self::HandshakeTimeout => "handshake_timeout",
            Self::BadLogin => "bad_login",
            Self::Lagged => "lagged",
            Self::Flooded => "flooded",
            Self::Stalled => "stalled",
            Self::Replaced => "replaced",
            Self::Kicked { .. } => "kicked",
            Self::DatasockClosed => "datasock_closed",
            Self::ShuttingDown => "shutting_down",
            Self::Moved => "moved",
            Self::Restarting => "restarting",
            Self::Idle => "idle",
            Self::Io => "io",
            Self::Refused => "refused",
            Self::SignedOut => "signed_out",
            Self::Abandoned => "abandoned",
        }
    }

    /// How long the peer should wait before it comes again; `None` where coming again at once is no use.
    #[must_use]
    pub fn reconnect_after_ms(&self) -> Option<u64> {
        match self {
            Self::ShuttingDown | Self::Restarting => Some(1_000),
            Self::Lagged | Self::Stalled | Self::Idle | Self::Abandoned => Some(100),
            _ => None,
        }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
