//! A file that an operator sends to a car or to a person: offered, then taken or refused by who it is for.
//!
//! Nothing is pushed. Whoever takes it reads it as any file, from where they were when they were cut off.

/// How far an offer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OfferState {
    /// Nobody has begun to read it.
    Offered,
    /// It is being read, or was and will be gone on with.
    Taking,
    /// The other side has it and said so.
    Taken,
    /// The other side does not want it.
    Refused,
}

/// Why an offer does not change so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this offer is {} already", .0.as_str())]
pub(crate) struct Decided(pub(crate) OfferState);

impl OfferState {
    /// Every state.
    pub(crate) const ALL: [Self; 4] = [Self::Offered, Self::Taking, Self::Taken, Self::Refused];

    /// The word in the store and on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Taking => "taking",
            Self::Taken => "taken",
            Self::Refused => "refused",
        }
    }

    /// What the word means; one that nobody knows is no offer to take.
    pub(crate) fn of(word: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == word)
            .unwrap_or(Self::Refused)
    }

    /// Somebody reads it: their consent. What was taken once may be read again.
    ///
    /// # Errors
    /// It was refused.
    pub(crate) fn take(self) -> Result<Self, Decided> {
        match self {
            Self::Offered | Self::Taking => Ok(Self::Taking),
            Self::Taken => Ok(Self::Taken),
            Self::Refused => Err(Decided(self)),
        }
    }

    /// They have it whole.
    ///
    /// # Errors
    /// It was refused, or nobody read it.
    pub(crate) fn taken(self) -> Result<Self, Decided> {
        match self {
            Self::Taking | Self::Taken => Ok(Self::Taken),
            Self::Offered | Self::Refused => Err(Decided(self)),
        }
    }

    /// They do not want it, or no more of it.
    ///
    /// # Errors
    /// They have it.
    pub(crate) fn refuse(self) -> Result<Self, Decided> {
        match self {
            Self::Offered | Self::Taking | Self::Refused => Ok(Self::Refused),
            Self::Taken => Err(Decided(self)),
        }
    }
}
