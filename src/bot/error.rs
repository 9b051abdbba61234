//! Why something was not done with a bot.
//!
//! Never holds a key or what was said; only `crate::error` knows what becomes of it outside.

use super::rhythm::RhythmError;
use super::rules::TextError;
use crate::account::keys::NoRandom;
use crate::store::StoreError;

/// Why something was not done with a bot.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BotError {
    /// A text that cannot stand there.
    #[error(transparent)]
    Text(#[from] TextError),
    /// No such rhythm.
    #[error(transparent)]
    Rhythm(#[from] RhythmError),
    /// There is one of that name, or a key.
    #[error("Bot already exists")]
    Exists,
    /// There is none of that name.
    #[error("Bot does not exist.")]
    Unknown,
    /// It was never let.
    #[error("Bot has not been authorized yet.")]
    Waiting,
    /// It may not any more.
    #[error("Bot has been disallowed")]
    Revoked,
    /// No such building, or not any more.
    #[error("there is no building {0:?}")]
    NoBuilding(String),
    /// A bound is reached.
    #[error("there are {max} {what}, which is the most")]
    Full {
        /// Of what.
        what: &'static str,
        /// The bound.
        max: usize,
    },
    /// No such schedule, or it is another's.
    #[error("there is no schedule {0}")]
    NoSchedule(i64),
    /// The end of a schedule comes before its first run.
    #[error("`until` is before the first run")]
    Over,
    /// No random bytes for a key.
    #[error(transparent)]
    Random(#[from] NoRandom),
    /// The store did not do it.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for BotError {
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
