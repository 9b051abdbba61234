//! Where TLS is spoken and with which certificate.
//!
//! Only names files; reading them is `crate::tls`'s work. Environment: `MOTORPOOL_TLS__` and the key in upper case.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::tls::{Source, TlsMode};

/// Certificate and key of our own inside the data folder.
const MADE_FILE: &str = "tls.pem";

/// The section `tls`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// Which listeners speak TLS: `off_loopback` unless set.
    pub mode: TlsMode,
    /// The certificate chain in PEM, the server's own first; one is made unless set.
    pub certificate: Option<PathBuf>,
    /// The key of the certificate in PEM.
    pub key: Option<PathBuf>,
}

impl TlsConfig {
    /// Where certificate and key are; one that is made lives in the data folder.
    #[must_use]
    pub fn source(&self, data: &Path) -> Source {
        match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => Source::Given {
                certificate: certificate.clone(),
                key: key.clone(),
            },
            _ => Source::Made {
                file: data.join(MADE_FILE),
            },
        }
    }

    /// The key that is missing where only one of two was set.
    pub(crate) fn missing(&self) -> Option<(&'static str, &'static str)> {
        match (&self.certificate, &self.key) {
            (Some(_), None) => Some(("certificate", "key")),
            (None, Some(_)) => Some(("key", "certificate")),
            _ => None,
        }
    }
}
