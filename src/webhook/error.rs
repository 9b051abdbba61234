//! Why something was not done with a webhook.
//!
//! Never holds a secret; only `crate::error` knows what becomes of it outside.

use super::rules::RuleError;
use super::secret::SecretError;
use crate::account::keys::NoRandom;
use crate::runtime::AsideError;
use crate::store::StoreError;

/// Why something was not done with a webhook.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WebhookError {
    /// A URL or event that cannot be.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// No such webhook, or it is another's.
    #[error("there is no webhook {0}")]
    Missing(i64),
    /// A bound is reached.
    #[error("there are {max} {what}, which is the most")]
    Full {
        /// Of what.
        what: &'static str,
        /// The bound.
        max: usize,
    },
    /// It is not delivered to now.
    #[error("webhook {0} is disabled: enable it first")]
    Disabled(i64),
    /// The server's own secret.
    #[error("webhooks cannot be signed right now")]
    Secret(#[from] SecretError),
    /// The file of authorities.
    #[error("{0}")]
    Authorities(String),
    /// No random bytes for a salt.
    #[error(transparent)]
    Random(#[from] NoRandom),
    /// The file of the secret could not be looked at.
    #[error(transparent)]
    Aside(#[from] AsideError),
    /// What the owner may could not be looked up.
    #[error("rights cannot be looked up right now")]
    Owner(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The store did not do it.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for WebhookError {
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
