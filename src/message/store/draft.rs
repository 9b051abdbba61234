//! A message before it is stored: whom it is for, what it says, what becomes of it and why it does not.
//!
//! Words only; the way into the store is beside.

use crate::account::UserId;

/// The kind of a message to everybody in a building.
pub(crate) const BUILDING: &str = "building";
/// The kind of a message to everybody within a range.
pub(crate) const RANGE_M: &str = "range_m";

/// What a sender is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SenderKind {
    /// Somebody with an account.
    User,
    /// A program that people let speak.
    Bot,
}

impl SenderKind {
    /// The word in the store.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Bot => "bot",
        }
    }
}

/// Whom a message is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum To {
    /// These people, by user name, each once.
    People(Vec<String>),
    /// These, found by where they are; the kind and the name of the place are kept.
    Found(Found),
    /// Everybody in a room that the sender is in, or, as a whisper, these of them alone.
    Room {
        /// Its name.
        name: String,
        /// By user name; empty for all.
        whisper: Vec<String>,
    },
    /// Everybody with an account.
    Everybody,
}

impl To {
    /// The kind in the store.
    pub(crate) const fn target(&self) -> &'static str {
        match self {
            Self::People(_) => "user",
            Self::Found(found) => found.target,
            Self::Room { whisper, .. } if whisper.is_empty() => "room",
            Self::Room { .. } => "whisper",
            Self::Everybody => "everybody",
        }
    }
}

/// Those whom a message finds at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// [`BUILDING`] or [`RANGE_M`].
    pub(crate) target: &'static str,
    /// The building.
    pub(crate) name: Option<String>,
    /// Who is there, each once.
    pub(crate) people: Vec<UserId>,
    /// Of how many the sender hears: those whom they could see there anyway.
    pub(crate) seen: usize,
}

/// A message to be stored.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// Its number, not used before.
    pub(crate) id: i64,
    /// What sends it.
    pub(crate) kind: SenderKind,
    /// The person who sends it.
    pub(crate) sender: Option<UserId>,
    /// As receivers read it.
    pub(crate) sender_name: String,
    /// Whom it is for.
    pub(crate) to: To,
    /// What is said.
    pub(crate) body: String,
    /// When.
    pub(crate) at: i64,
    /// When it is let go.
    pub(crate) expires_at: i64,
    /// Receivers it may have; of those at a place, how many get their line at once.
    pub(crate) recipients_max: usize,
    /// What made it, if that must not make it twice.
    pub(crate) origin: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Posted {
    /// For how many it is, as its sender hears it.
    pub(crate) recipients: usize,
    /// Who has a new line; `None` stands for everybody.
    pub(crate) told: Option<Vec<UserId>>,
    /// How many wait for theirs.
    pub(crate) waiting: usize,
}

/// Why a message was not stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PostRefusal {
    /// Names that nobody has.
    #[error("there is no user {}; nothing was sent", names.join(", "))]
    Unknown {
        /// Quoted, each once.
        names: Vec<String>,
    },
    /// No room of that name has the sender in it.
    #[error("you are in no room {room}; nothing was sent")]
    NotIn {
        /// Quoted.
        room: String,
    },
    /// More than one message may reach.
    #[error("the message is for {got} people, at most {max} are reached by one")]
    TooMany {
        /// How many.
        got: usize,
        /// The bound.
        max: usize,
    },
}
