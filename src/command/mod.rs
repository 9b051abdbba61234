//! The one command table: everything that changes something is a command, declared once for every door.
//!
//! A command is a struct of typed arguments with a name, a needed permission and an async `run`.
//! From its schema and docs come the parsing of text and typed calls, signatures in errors, help and
//! completion. Permission, idempotency, time limit, metrics and audit are the dispatcher's, written once.
//! A new ability is one new file and one line in `builtin`.

pub mod arguments;
pub(crate) mod builtin;
pub(crate) mod caller;
pub(crate) mod confirm;
pub(crate) mod counted;
pub(crate) mod dispatch;
pub(crate) mod encoded;
pub(crate) mod grammar;
pub(crate) mod jobs;
#[cfg(test)]
mod page;
pub(crate) mod repeat;
pub mod table;

use std::future::Future;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

pub(crate) use caller::Caller;
use encoded::Reply;

/// Where a command stands in help listings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Booking cars and what belongs to it.
    Booking,
    /// What happens at and with a car.
    Car,
    /// Faults and their mending.
    Repair,
    /// Where people and cars are, buildings, who sees whom.
    Places,
    /// One's own account and those of others.
    Account,
    /// Bots, and where events are delivered to.
    Bot,
    /// Who is connected.
    Users,
    /// Messages that are kept, rooms.
    Messages,
    /// Files, and what is on its way.
    Files,
    /// The server itself.
    Server,
    /// Of this installation's own commands.
    Own(&'static str),
}

impl Serialize for Category {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Category {
    /// Those of this program.
    pub(crate) const BUILT_IN: [Self; 10] = [
        Self::Booking,
        Self::Car,
        Self::Repair,
        Self::Places,
        Self::Account,
        Self::Bot,
        Self::Users,
        Self::Messages,
        Self::Files,
        Self::Server,
    ];

    /// Its name, as help lists it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Booking => "booking",
            Self::Car => "car",
            Self::Repair => "repair",
            Self::Places => "places",
            Self::Account => "account",
            Self::Bot => "bot",
            Self::Users => "users",
            Self::Messages => "messages",
            Self::Files => "files",
            Self::Server => "server",
            Self::Own(name) => name,
        }
    }

    /// As a heading.
    #[cfg(test)]
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Booking => "Bookings",
            Self::Car => "At the car",
            Self::Repair => "Repairs",
            Self::Places => "Places",
            Self::Account => "Accounts",
            Self::Bot => "Bots and webhooks",
            Self::Users => "Who is connected",
            Self::Messages => "Messages",
            Self::Files => "Files",
            Self::Server => "The server",
            Self::Own(name) => name,
        }
    }
}

/// One command: its arguments, its permission, its work.
///
/// The doc comment of the struct is its help text, those of the fields explain the parameters.
pub(crate) trait Command: DeserializeOwned + JsonSchema + Send + 'static {
    /// As it is called: `s.book`.
    const NAME: &'static str;
    /// Where help lists it.
    const CATEGORY: Category;
    /// What a caller must hold; what it may be used *on* is checked inside `run`.
    const NEEDS: Permission;
    /// Whether it changes something: it then takes a `request_id`, runs to its end even when the caller goes,
    /// and answers a retry with the first answer.
    const CHANGES: bool = false;
    /// Whether it ends by a deadline of its own, up to the longest there is; a call that names none then waits so long.
    const ENDS_BY_ITSELF: bool = false;
    /// Whether its answer is true of a moment only, as that a car has opened: a call id that comes again long after
    /// that is refused, for who asks then wants it done.
    const FADES: bool = false;
    /// What the caller gets.
    type Reply: Reply;

    /// Does the work.
    fn run(self, caller: &Caller, house: &House) -> impl Future<Output = Result<Self::Reply, Error>> + Send;
}
