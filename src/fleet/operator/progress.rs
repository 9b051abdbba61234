//! Tells the rider, and whoever asked, how a command to a car goes: the event `command`.
//!
//! It goes to their clients that are connected and read; it is not kept, and nothing waits for it. What must be known is
//! in the answer of the command, and in the store.

use std::collections::BTreeSet;

use serde::Serialize;
use tokio::task::JoinHandle;

use crate::account::UserId;
use crate::booking::BookingId;
use crate::fleet::CarCommand;
use crate::fleet::command_state::CommandState;
use crate::fleet::store::CommandRow;
use crate::registry::actor::{Mention, Registry};
use crate::runtime::Service;
use crate::runtime::clock::from_micros;
use crate::wire::Value;

/// The name of the event.
const NAME: &str = "command";

/// What is told.
#[derive(Debug, Serialize)]
struct Progress<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    booking: Option<BookingId>,
    car: &'a str,
    command: CarCommand,
    command_id: i64,
    state: CommandState,
    /// Why it was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    at: String,
}

/// A step of a command, and who has the car it is for.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) row: CommandRow,
    pub(super) rider: Option<UserId>,
    /// When, in microseconds since 1970 UTC.
    pub(super) at: i64,
}

impl Step {
    /// Tells it, behind what was told before; there are as many of these as commands on their way at most, twice.
    pub(super) fn tell(self, registry: &Service<Registry>, behind: Option<JoinHandle<()>>) -> JoinHandle<()> {
        let registry = registry.clone();
        tokio::spawn(async move {
            if let Some(before) = behind {
                // Ended or not, the order is kept.
                drop(before.await);
            }
            let Some(mention) = self.mention() else { return };
            if let Err(err) = registry.ask(mention).await {
                tracing::debug!(command.id = self.row.id, %err, "a step of a command could not be told");
            }
        })
    }

    fn mention(&self) -> Option<Mention> {
        let row = &self.row;
        let users: BTreeSet<UserId> = self.rider.into_iter().chain(asker(&row.who)).collect();
        if users.is_empty() {
            return None;
        }
        let progress = Progress {
            booking: row.booking,
            car: &row.car_name,
            command: row.name,
            command_id: row.id,
            state: row.state,
            reason: row.reason.as_deref(),
            at: from_micros(self.at).to_string(),
        };
        let data = Value::serialized(&progress).ok()?;
        Some(Mention {
            users,
            name: NAME,
            data,
        })
    }
}

/// The account of who asked, where a person did.
fn asker(who: &str) -> Option<UserId> {
    who.strip_prefix("user:")?.parse().ok().map(UserId)
}
