//! Bugs that are planted on purpose, one at a time, to see that the tests which guard against them turn red.
//!
//! They are there with the feature `planted` alone, which no build for use has; `PLANTED_BUG` names the one.

/// A promise that is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Planted {
    /// Answers are given before their commit.
    AcknowledgedEarly,
    /// The system is not asked to put commits on the disk.
    NotFlushed,
    /// A booking is taken whatever is in its way, by the engine and by the database.
    OverlapUnchecked,
    /// Contents become files whatever their hash.
    HashUnchecked,
}

impl Planted {
    /// Its name, as the variable has it.
    #[cfg_attr(not(feature = "planted"), allow(dead_code, reason = "nobody asks"))]
    const fn name(self) -> &'static str {
        match self {
            Self::AcknowledgedEarly => "acknowledged-early",
            Self::NotFlushed => "not-flushed",
            Self::OverlapUnchecked => "overlap-unchecked",
            Self::HashUnchecked => "hash-unchecked",
        }
    }

    /// Whether this one is planted.
    #[cfg(feature = "planted")]
    pub(crate) fn is_here(self) -> bool {
        std::env::var("PLANTED_BUG").is_ok_and(|name| name == self.name())
    }

    /// Never, in a build for use.
    #[cfg(not(feature = "planted"))]
    pub(crate) const fn is_here(self) -> bool {
        false
    }
}
