//! Why a person, key or sign was not changed or shown.
//!
//! Never holds a secret; only `crate::error` knows what becomes of it outside.

use jiff::Timestamp;

use super::UserId;
use super::groups::GroupError;
use super::hasher::HashError;
use super::keys::NoRandom;
use super::password::PasswordError;
use super::profile::ProfileError;
use super::sessions::FRESH_MAX;
use super::sign_in::SignInError;
use super::store::CODES_OPEN_MAX;
use crate::store::StoreError;

/// Why a person, key or sign was not changed or shown.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The password, PIN or name is not one.
    #[error(transparent)]
    Policy(#[from] PasswordError),
    /// The old password did not prove who asks.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// No such person, key or sign.
    #[error("there is no {what}")]
    Missing {
        /// What was asked for, as `user 7`.
        what: String,
    },
    /// Somebody else has it.
    #[error("{what} is taken")]
    Taken {
        /// What was wanted, as `username "ada"`.
        what: String,
    },
    /// A role that is not in the store.
    #[error("there is no role {got:?}")]
    UnknownRole {
        /// The role given.
        got: String,
    },
    /// A name or mail address that cannot be shown to people.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// Nobody signs up here, or only with an invitation.
    #[error("{why}")]
    SignUpClosed {
        /// Which of both.
        why: &'static str,
    },
    /// Used, revoked, run out or never made: which of them is nobody's business.
    #[error("the code is not good any more, ask for another")]
    BadCode,
    /// Too many tries from one place.
    #[error("too many tries from here, wait until {retry_at}")]
    TooMany {
        /// From when the next one is heard.
        retry_at: Timestamp,
    },
    /// As many codes are open as may be.
    #[error("{CODES_OPEN_MAX} codes are open, which is the most: revoke some")]
    CodesFull,
    /// The name of a provider stood for another issuer when this person came first.
    #[error("this provider is not the one that you signed in with before: ask an operator")]
    OtherIssuer,
    /// Somebody without a password proves themselves by signing in again.
    #[error("you have no password here: sign in with your provider again, and do this within {} minutes", FRESH_MAX.as_secs() / 60)]
    NotFresh,
    /// A group was not made or removed.
    #[error(transparent)]
    Group(#[from] GroupError),
    /// No random bytes for a secret.
    #[error(transparent)]
    Random(#[from] NoRandom),
    /// The secret could not be hashed.
    #[error(transparent)]
    Hash(HashError),
    /// The store did not do it.
    #[error(transparent)]
    Store(StoreError),
}

impl AccountError {
    pub(super) fn no_user(id: UserId) -> Self {
        Self::Missing {
            what: format!("user {id}"),
        }
    }

    /// A conflict of the store as a refusal that names what was wanted.
    pub(super) fn taken(error: StoreError, what: impl FnOnce() -> String) -> StoreError {
        match error {
            StoreError::Conflict { .. } => StoreError::refused(Self::Taken { what: what() }),
            other => other,
        }
    }
}

impl From<StoreError> for AccountError {
    /// A refusal of our own comes back out of the transaction as it went in.
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refused) => refused
                .downcast::<Self>()
                .map_or_else(|other| Self::Store(StoreError::Refused(other)), |ours| *ours),
            other => Self::Store(other),
        }
    }
}

impl From<HashError> for AccountError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Password(refused) => Self::Policy(refused),
            HashError::Random(none) => Self::Random(none),
            other => Self::Hash(other),
        }
    }
}
