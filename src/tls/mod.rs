//! TLS 1.3 for every door and every client of ours, and nothing older.
//!
//! Owns the certificate of a server, the streams of both sides, and whom a client believes. One provider (ring), no
//! session tickets: every connection proves the certificate anew. It knows bytes, not frames.

mod connect;
mod failure;
mod fingerprint;
mod identity;
mod made;
mod pins;
mod server;
mod stream;
#[cfg(test)]
mod tests;
mod trust;

use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio_rustls::rustls;

pub(crate) use connect::{TlsRefusal, connect};
pub(crate) use failure::HandshakeFailure;
pub use fingerprint::{Fingerprint, FingerprintError};
pub(crate) use identity::Identity;
pub use identity::{Source, TlsError};
pub use pins::{PinError, Pins};
pub(crate) use server::{Tls, Transport};
pub(crate) use stream::{ReadHalf, WriteHalf, plain};
pub use trust::{Authority, AuthorityError, Trust};

/// Where TLS is spoken; the same on both sides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TlsMode {
    /// Everywhere but on loopback, which never leaves the machine.
    #[default]
    OffLoopback,
    /// On loopback too.
    Everywhere,
    /// Nowhere: everybody on the way reads passwords and keys.
    InsecureNowhere,
}

impl TlsMode {
    /// Whether TLS is spoken at this address.
    #[must_use]
    pub fn is_wanted_at(self, address: IpAddr) -> bool {
        match self {
            Self::OffLoopback => !address.to_canonical().is_loopback(),
            Self::Everywhere => true,
            Self::InsecureNowhere => false,
        }
    }
}

/// The one implementation of the primitives.
fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// The one version.
const VERSIONS: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS13];
