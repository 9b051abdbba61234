//! The server above this one in a network of servers, where there is one.
//!
//! Says where it is and how to sign in; connecting is `crate::network`'s work. Environment: `MOTORPOOL_PARENT__` and the
//! key in upper case.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A key in clear. Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ParentKey(pub(crate) String);

impl fmt::Debug for ParentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ParentKey(..)")
    }
}

/// The section `parent`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ParentConfig {
    /// `host:port` of its serversock; none unless set.
    pub address: Option<String>,
    /// The key of kind `server` it gave this one.
    pub key: Option<ParentKey>,
    /// File that holds the key.
    pub key_file: Option<PathBuf>,
    /// SHA-256 of its certificate; then TLS is spoken, on loopback too.
    pub fingerprint: Option<String>,
}
