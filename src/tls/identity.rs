//! The certificate and key of a server: read from files, checked, and refused in one line that says the way out.
//!
//! Owns no connection. A key is never shown, not even in an error.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};
use x509_cert::der::Decode as _;

use super::fingerprint::Fingerprint;
use super::{VERSIONS, made, provider};

/// Where certificate and key come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Files of the operator, both PEM: the chain with the server's own certificate first, and its key.
    Given {
        /// The chain.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// One file of our own with both, made when it is not there.
    Made {
        /// The file.
        file: PathBuf,
    },
}

/// Why there is no certificate to serve with.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read the {what} {}: {source}; see that it is there and that this user may read it", .path.display())]
    Unreadable {
        /// Certificate or key.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{} holds no {what} that can be used: {reason}; wanted PEM", .path.display())]
    NotPem {
        /// Certificate or key.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Two files that are not a pair.
    #[error("the key {} does not fit the certificate {}; name the key that the certificate was made for", .key.display(), .certificate.display())]
    KeyDoesNotFit {
        /// The certificate.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// Past its time.
    #[error("the certificate {} ended at {until}; renew it", .path.display())]
    Expired {
        /// The file.
        path: PathBuf,
        /// Its end.
        until: Timestamp,
    },
    /// Before its time.
    #[error("the certificate {} begins at {from} only; look at the clock of this machine, or use another", .path.display())]
    NotYet {
        /// The file.
        path: PathBuf,
        /// Its begin.
        from: Timestamp,
    },
    /// One of our own cannot be made.
    #[error("cannot make a certificate in {}: {reason}", .path.display())]
    NotMade {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// A certificate that can be served.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// What connections are accepted with.
    pub(crate) config: Arc<ServerConfig>,
    /// What people compare.
    pub(crate) fingerprint: Fingerprint,
    /// The end of its time.
    pub(crate) until: Timestamp,
    /// The chain as PEM would hold it, the server's own first.
    pub(crate) chain: Vec<CertificateDer<'static>>,
}

impl Source {
    /// The file with the certificate.
    #[must_use]
    pub fn certificate_file(&self) -> &Path {
        match self {
            Self::Given { certificate, .. } => certificate,
            Self::Made { file } => file,
        }
    }

    fn key_file(&self) -> &Path {
        match self {
            Self::Given { key, .. } => key,
            Self::Made { file } => file,
        }
    }

    /// Whether the certificate is there, or would be made.
    pub(crate) fn is_there(&self) -> bool {
        matches!(self, Self::Given { .. }) || self.certificate_file().exists()
    }

    /// Makes what is missing, then as [`read`](Self::read).
    pub(crate) fn ensure(&self, now: Timestamp) -> Result<Identity, TlsError> {
        if let (Self::Made { file }, false) = (self, self.is_there()) {
            made::make(file)?;
        }
        self.read(now)
    }

    /// Reads and checks.
    pub(crate) fn read(&self, now: Timestamp) -> Result<Identity, TlsError> {
        let (path, key_path) = (self.certificate_file(), self.key_file());
        let chain = certificates(path, &read_file("certificate", path)?)?;
        let own = chain.first().ok_or_else(|| TlsError::NotPem {
            what: "certificate",
            path: path.to_owned(),
            reason: "there is none in it".to_owned(),
        })?;
        let (from, until) = validity(own).ok_or_else(|| TlsError::NotPem {
            what: "certificate",
            path: path.to_owned(),
            reason: "its time cannot be read".to_owned(),
        })?;
        if now > until {
            return Err(TlsError::Expired {
                path: path.to_owned(),
                until,
            });
        }
        if now < from {
            return Err(TlsError::NotYet {
                path: path.to_owned(),
                from,
            });
        }
        let fingerprint = Fingerprint::of(own);
        let key = PrivateKeyDer::from_pem_slice(&read_file("key", key_path)?).map_err(|err| TlsError::NotPem {
            what: "key",
            path: key_path.to_owned(),
            reason: err.to_string(),
        })?;
        let config = self.config(chain.clone(), key)?;
        Ok(Identity {
            config,
            fingerprint,
            until,
            chain,
        })
    }

    fn config(
        &self,
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Arc<ServerConfig>, TlsError> {
        let refused = |err: rustls::Error| match err {
            rustls::Error::InconsistentKeys(_) => TlsError::KeyDoesNotFit {
                certificate: self.certificate_file().to_owned(),
                key: self.key_file().to_owned(),
            },
            rustls::Error::InvalidCertificate(_) => TlsError::NotPem {
                what: "certificate",
                path: self.certificate_file().to_owned(),
                reason: err.to_string(),
            },
            other => TlsError::NotPem {
                what: "key",
                path: self.key_file().to_owned(),
                reason: other.to_string(),
            },
        };
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(VERSIONS)
            .map_err(refused)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(refused)?;
        // A ticket would let a client come back without seeing the certificate, also one that was replaced.
        config.send_tls13_tickets = 0;
        Ok(Arc::new(config))
    }
}

fn read_file(what: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Unreadable {
        what,
        path: path.to_owned(),
        source,
    })
}

fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    chain.map_err(|err| TlsError::NotPem {
        what: "certificate",
        path: path.to_owned(),
        reason: err.to_string(),
    })
}

/// From when until when a certificate is good.
fn validity(certificate: &CertificateDer<'_>) -> Option<(Timestamp, Timestamp)> {
    let instant = |time: x509_cert::time::Time| {
        let seconds = i64::try_from(time.to_unix_duration().as_secs()).ok()?;
        // The year 9999 ends a little beyond what a timestamp can hold.
        Some(Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX))
    };
    let certificate = x509_cert::Certificate::from_der(certificate).ok()?;
    let validity = certificate.tbs_certificate().validity();
    Some((instant(validity.not_before)?, instant(validity.not_after)?))
}
