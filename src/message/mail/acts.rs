//! What can be done to a room, what comes of it, and why it is refused.
//!
//! Words only; who may do what is decided where it is done.

use schemars::JsonSchema;
use serde::Serialize;

use super::super::entry::{self, Entry, History};
use crate::account::UserId;

/// Who wants something of a room.
#[derive(Debug, Clone)]
pub(crate) struct Asker {
    /// The account.
    pub(crate) user: UserId,
    /// Its name.
    pub(crate) name: String,
    /// Whether it is a manager's or an admin's.
    pub(crate) is_operator: bool,
}

/// What is done to a room.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Make it.
    Make(Entry, History),
    /// Come in, or ask to.
    Join,
    /// Go out.
    Leave,
    /// Let somebody in: who asks is in at once, others may come. Also who was banned.
    Invite(String),
    /// Send somebody away from inside or from before the door; for good, if so said.
    Remove(String, bool),
    /// Give it to another member.
    Give(String),
    /// End it.
    Close,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Done {
    /// It is there.
    Made,
    /// Somebody is in.
    Joined,
    /// The owner is asked.
    Asked,
    /// Somebody is out.
    Left,
    /// Somebody may come in.
    Invited,
    /// Somebody was sent away.
    Removed,
    /// Somebody was sent away for good.
    Banned,
    /// It has another owner.
    Given,
    /// It is no more.
    Closed,
}

/// The answer to all that is done to rooms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct RoomDone {
    /// The room.
    pub(crate) room: String,
    /// What was done.
    pub(crate) done: Done,
}

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RoomRefusal {
    /// Not there, or not to be seen.
    #[error("there is no room {0}")]
    NoRoom(String),
    /// Taken by another room.
    #[error("there is a room {0} already")]
    Taken(String),
    /// A name rooms do not have.
    #[error(transparent)]
    Name(#[from] entry::NameError),
    /// A bound is reached.
    #[error("{what}: there are {max}, which is the most")]
    Full {
        /// What there are so many of.
        what: &'static str,
        /// The bound.
        max: u64,
    },
    /// For members.
    #[error("you are not in the room {0}")]
    NotIn(String),
    /// For the owner.
    #[error("only its owner may do this to the room {0}")]
    NotOwner(String),
    /// Sent away.
    #[error("you may not come into the room {0} any more")]
    Banned(String),
    /// Nobody of that name, or not in the room.
    #[error("there is no user {0} here")]
    NoUser(String),
    /// The owner is not sent away.
    #[error("the owner of the room {0} gives it to somebody else, or closes it")]
    IsOwner(String),
}

/// Bounds of rooms.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RoomLimits {
    /// All of them.
    pub(crate) rooms: u64,
    /// Of one owner.
    pub(crate) per_owner: u64,
    /// In one room.
    pub(crate) members: u64,
}
