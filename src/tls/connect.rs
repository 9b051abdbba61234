//! The client's side of a handshake: whom to expect, the handshake, and what is kept of it.
//!
//! Nothing is sent to a server that is not believed. Waiting is bounded by whoever calls.

use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::ServerCertVerifier;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{self, ClientConfig};

use super::failure::HandshakeFailure;
use super::fingerprint::Fingerprint;
use super::pins::{PinError, Pins};
use super::stream::{self, BUFFERED_BYTES_MAX, ReadHalf, WriteHalf};
use super::trust::{Authority, PinVerifier, Trust};
use super::{VERSIONS, provider};

/// Why a connection was not secured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsRefusal {
    /// Nothing says what to expect.
    #[error(
        "its fingerprint is not known here; compare with what the server shows at its start (motorpool admin tls \
         fingerprint) and give it once with --fingerprint"
    )]
    Unknown,
    /// Not what was given.
    #[error("its certificate has sha256 {got}, wanted {wanted} as given")]
    NotAsGiven {
        /// What the server showed.
        got: Fingerprint,
        /// What was wanted.
        wanted: Fingerprint,
    },
    /// Not what was kept.
    #[error(
        "ITS CERTIFICATE HAS CHANGED: got sha256 {got}, kept {wanted}. Somebody may stand in between, or it was \
         renewed: ask whoever runs the server; if it was renewed, accept it once with --fingerprint {got}"
    )]
    Changed {
        /// What the server showed.
        got: Fingerprint,
        /// What was kept.
        wanted: Fingerprint,
    },
    /// No authority vouches for it under this name.
    #[error("its certificate is not vouched for: {0}")]
    NotVouched(String),
    /// The address has no name that a certificate could hold.
    #[error("`{0}` is no name that a certificate can hold")]
    BadName(String),
    /// The file of a pin cannot be read or written.
    #[error("cannot use what is kept of it: {0}")]
    Pins(#[from] PinError),
    /// It does not speak TLS.
    #[error("it does not speak TLS 1.3; --plain talks to it unencrypted")]
    NotTls,
    /// The handshake failed otherwise.
    #[error("no TLS with it: {0}")]
    Failed(String),
}

impl TlsRefusal {
    /// Whether the other side is there and not believed, rather than not there.
    pub(crate) fn is_about_trust(&self) -> bool {
        !matches!(self, Self::NotTls | Self::Failed(_))
    }
}

/// Whom the verifier expects, and why.
enum Expected<'a> {
    Given(Fingerprint),
    Kept(Fingerprint),
    Anybody(&'a Pins),
    Vouched(&'a Authority),
}

/// Secures a connection to `address` (`host:port`).
pub(crate) async fn connect(
    stream: TcpStream,
    address: &str,
    trust: &Trust,
) -> Result<(ReadHalf, WriteHalf), TlsRefusal> {
    let expected = expected(address, trust)?;
    let host = host_of(address);
    let name = ServerName::try_from(host.to_owned());
    let (verifier, pin): (Arc<dyn ServerCertVerifier>, _) = match &expected {
        Expected::Vouched(authority) => (by_authority(authority)?, None),
        Expected::Given(wanted) | Expected::Kept(wanted) => by_pin(Some(*wanted)),
        Expected::Anybody(_) => by_pin(None),
    };
    let name = match (name, &pin) {
        (Ok(name), _) => name,
        // A pin does not ask for a name.
        (Err(_), Some(_)) => ServerName::IpAddress(std::net::Ipv4Addr::UNSPECIFIED.into()),
        (Err(_), None) => return Err(TlsRefusal::BadName(host.to_owned())),
    };
    let connector = TlsConnector::from(config(verifier)?);
    let secured = connector
        .connect_with(name, stream, |session| {
            session.set_buffer_limit(Some(BUFFERED_BYTES_MAX))
        })
        .await;
    let seen = pin.as_ref().and_then(|pin| pin.seen());
    let secured = secured.map_err(|err| refusal(&err, seen, &expected))?;
    keep(address, trust, seen, &expected)?;
    Ok(stream::tls(secured.into()))
}

fn expected<'a>(address: &str, trust: &'a Trust) -> Result<Expected<'a>, TlsRefusal> {
    if let Some(given) = trust.fingerprint {
        return Ok(Expected::Given(given));
    }
    if let Some(authority) = &trust.authority {
        return Ok(Expected::Vouched(authority));
    }
    let Some(pins) = &trust.pins else {
        return Err(TlsRefusal::Unknown);
    };
    match pins.find(address)? {
        Some(kept) => Ok(Expected::Kept(kept)),
        None if pins.is_first_believed => Ok(Expected::Anybody(pins)),
        None => Err(TlsRefusal::Unknown),
    }
}

/// A host without its port and brackets.
fn host_of(address: &str) -> &str {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    host.trim_start_matches('[').trim_end_matches(']')
}

fn by_pin(wanted: Option<Fingerprint>) -> (Arc<dyn ServerCertVerifier>, Option<Arc<PinVerifier>>) {
    let verifier = Arc::new(PinVerifier::new(wanted, provider()));
    let dynamic: Arc<dyn ServerCertVerifier> = verifier.clone();
    (dynamic, Some(verifier))
}

fn by_authority(authority: &Authority) -> Result<Arc<dyn ServerCertVerifier>, TlsRefusal> {
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::clone(&authority.0), provider()).build();
    let verifier = verifier.map_err(|err| TlsRefusal::NotVouched(err.to_string()))?;
    Ok(verifier)
}

fn config(verifier: Arc<dyn ServerCertVerifier>) -> Result<Arc<ClientConfig>, TlsRefusal> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(VERSIONS)
        .map_err(|err| TlsRefusal::Failed(err.to_string()))?;
    let mut config = builder
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    Ok(Arc::new(config))
}

fn refusal(error: &std::io::Error, seen: Option<Fingerprint>, expected: &Expected<'_>) -> TlsRefusal {
    match (expected, seen) {
        (Expected::Given(wanted), Some(got)) if got != *wanted => {
            return TlsRefusal::NotAsGiven { got, wanted: *wanted };
        }
        (Expected::Kept(wanted), Some(got)) if got != *wanted => return TlsRefusal::Changed { got, wanted: *wanted },
        _ => {}
    }
    match HandshakeFailure::of(error) {
        HandshakeFailure::NotTls | HandshakeFailure::Incompatible => TlsRefusal::NotTls,
        HandshakeFailure::Broken => TlsRefusal::NotVouched(error.to_string()),
        _ => TlsRefusal::Failed(error.to_string()),
    }
}

fn keep(address: &str, trust: &Trust, seen: Option<Fingerprint>, expected: &Expected<'_>) -> Result<(), TlsRefusal> {
    match (expected, &trust.pins, seen) {
        (Expected::Anybody(pins), _, Some(seen)) => pins.keep_first(address, seen)?,
        // Given by somebody: that is also how a renewed one is accepted.
        (Expected::Given(given), Some(pins), _) if pins.find(address).ok().flatten() != Some(*given) => {
            pins.keep(address, *given)?;
        }
        _ => {}
    }
    Ok(())
}
