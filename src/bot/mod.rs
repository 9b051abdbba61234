//! Bots: programs that say something to the people of one building, once an operator has let them.
//!
//! A bot is a row beside its key of `account`: who it is, where it speaks, and whether it may. What it says is written
//! down before it is passed on. Rights are looked up at use, inside the transaction of what is said.

pub(crate) mod commands;
mod error;
pub(crate) mod rhythm;
pub(crate) mod roster;
pub(crate) mod rules;
pub(crate) mod schedules;
pub(crate) mod speech;
pub(crate) mod store;

use jiff::Timestamp;

pub(crate) use error::BotError;
pub(crate) use rhythm::Rhythm;
pub(crate) use rules::{Clearance, Condition};

/// A bot as it is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bot {
    /// Its number.
    pub(crate) id: i64,
    /// Unique; the name of its key too.
    pub(crate) name: String,
    /// The id of the building it speaks in.
    pub(crate) building: String,
    /// The key it signs in by now.
    pub(crate) key_id: i64,
    /// Whether it may.
    pub(crate) clearance: Clearance,
    /// Who registered it, as in the audit log.
    pub(crate) registered_by: String,
    /// When.
    pub(crate) registered_at: Timestamp,
    /// Who let it, or took that back, last.
    pub(crate) decided_by: Option<String>,
    /// When.
    pub(crate) decided_at: Option<Timestamp>,
}

/// Something a bot says by the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// Its number.
    pub(crate) id: i64,
    /// The bot's name.
    pub(crate) bot: String,
    /// What is said.
    pub(crate) body: String,
    /// When.
    pub(crate) rhythm: Rhythm,
    /// After which it does not run any more.
    pub(crate) until: Option<Timestamp>,
    /// Whether it waits for somebody to let it go on.
    pub(crate) paused: bool,
    /// The next run.
    pub(crate) next_at: Timestamp,
    /// The last run.
    pub(crate) last_at: Option<Timestamp>,
    /// Runs so far.
    pub(crate) runs: i64,
    /// Runs that were due while nobody could make them.
    pub(crate) missed: i64,
    /// Who made it, as in the audit log.
    pub(crate) made_by: String,
}

/// Something a bot said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BotMessage {
    /// Its number.
    pub(crate) id: i64,
    /// The bot's name then.
    pub(crate) bot: String,
    /// Where it was said.
    pub(crate) building: String,
    /// The schedule that said it.
    pub(crate) schedule: Option<i64>,
    /// What was said.
    pub(crate) body: String,
    /// When.
    pub(crate) at: Timestamp,
    /// How many people it was passed on to; nothing while it was not.
    pub(crate) told: Option<i64>,
}
