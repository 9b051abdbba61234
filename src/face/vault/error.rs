//! Why the vault did not do what was asked.
//!
//! Never holds a key, the numbers of a face, or a path of this machine in what is told to outsiders.

use std::io;

use crate::booking::UserId;
use crate::runtime::{AsideError, GateError};
use crate::store::StoreError;

/// Why the vault did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Faces cannot be used at all; the sentence says what is missing.
    #[error("{0}")]
    Unavailable(String),
    /// Too much is being done already.
    #[error("too much is being done with faces already")]
    Busy,
    /// No such person, or they are shut out.
    #[error("there is no user {0} who may sign in")]
    NoUser(UserId),
    /// The person agreed to nothing that still holds.
    #[error("there is no consent of this person to keep their face")]
    NoConsent,
    /// The person would have too many templates.
    #[error("{there} templates and {got} more are too many, a person may have {max}")]
    TooMany {
        /// How many were to be added.
        got: usize,
        /// How many there are.
        there: usize,
        /// How many there may be.
        max: usize,
    },
    /// There is no room for anybody's.
    #[error("there is no room for more: {0}")]
    Full(String),
    /// Nothing is kept that could be erased.
    #[error("there is no {0} to erase")]
    Nothing(String),
    /// No random bytes.
    #[error("the system gave no random bytes")]
    Random(#[source] getrandom::Error),
    /// The key store could not be read or written.
    #[error("the key store of faces cannot be used now")]
    Disk(#[source] io::Error),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AsideError> for VaultError {
    fn from(error: AsideError) -> Self {
        match error {
            AsideError::Busy(_) => Self::Busy,
            AsideError::Ended(_) => Self::Unavailable("faces cannot be used right now".to_owned()),
        }
    }
}

impl From<GateError> for VaultError {
    fn from(_: GateError) -> Self {
        Self::Busy
    }
}

impl From<io::Error> for VaultError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull => Self::Store(StoreError::Full),
            _ => Self::Disk(error),
        }
    }
}

impl From<getrandom::Error> for VaultError {
    fn from(error: getrandom::Error) -> Self {
        Self::Random(error)
    }
}
