//! Whom a client believes: a fingerprint it was given, one it kept, or an authority; never anybody by default.
//!
//! Whatever is believed, the peer must still prove that it holds the key of the certificate.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{self, CertificateError, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::fingerprint::Fingerprint;
use super::pins::Pins;

/// Whom a client believes.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// This certificate and no other.
    pub fingerprint: Option<Fingerprint>,
    /// Every certificate for the server's name that leads to one of these.
    pub authority: Option<Authority>,
    /// Where fingerprints are kept between runs.
    pub pins: Option<Pins>,
}

/// Certificates of authorities.
#[derive(Debug, Clone)]
pub struct Authority(pub(super) Arc<RootCertStore>);

/// A file of authorities that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the authorities in {}: {reason}", .path.display())]
pub struct AuthorityError {
    path: PathBuf,
    reason: String,
}

impl Authority {
    /// Those of a file in PEM.
    ///
    /// # Errors
    /// The file cannot be read, or holds none.
    pub fn read(path: &Path) -> Result<Self, AuthorityError> {
        let refused = |reason: String| AuthorityError {
            path: path.to_owned(),
            reason,
        };
        let pem = std::fs::read(path).map_err(|err: io::Error| refused(err.to_string()))?;
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate.map_err(|err| refused(err.to_string()))?;
            roots.add(certificate).map_err(|err| refused(err.to_string()))?;
        }
        if roots.is_empty() {
            return Err(refused("there is no certificate in it".to_owned()));
        }
        Ok(Self(Arc::new(roots)))
    }
}

/// Holds a server to one fingerprint, or notes which it has.
#[derive(Debug)]
pub(super) struct PinVerifier {
    wanted: Option<Fingerprint>,
    seen: OnceLock<Fingerprint>,
    provider: Arc<CryptoProvider>,
}

impl PinVerifier {
    /// `None` takes any certificate: for whoever looks at [`seen`](Self::seen) before saying anything.
    pub(super) fn new(wanted: Option<Fingerprint>, provider: Arc<CryptoProvider>) -> Self {
        Self {
            wanted,
            seen: OnceLock::new(),
            provider,
        }
    }

    /// What the server showed.
    pub(super) fn seen(&self) -> Option<Fingerprint> {
        self.seen.get().copied()
    }
}

impl ServerCertVerifier for PinVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let seen = *self.seen.get_or_init(|| Fingerprint::of(end_entity));
        if self.wanted.is_some_and(|wanted| wanted != seen) {
            return Err(CertificateError::ApplicationVerificationFailure.into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("TLS 1.2 is not spoken".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
