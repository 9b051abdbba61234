//! Webhooks: events delivered to a URL, signed, in order, at least once, for as long as the receiver is worth the trouble.
//!
//! What happened is written down beside the change it tells of ([`happening`]), carried by a service ([`carrier`]) and
//! forgotten once it was taken. Every queue has a bound; addresses inside the house are never called.

pub(crate) mod carrier;
pub(crate) mod commands;
mod error;
pub(crate) mod happening;
pub(crate) mod hooks;
pub(crate) mod rounds;
pub(crate) mod rules;
mod secret;
mod signing;
pub(crate) mod store;

use jiff::Timestamp;

use crate::booking::UserId;

pub(crate) use error::WebhookError;
pub(crate) use hooks::Hooks;

/// Whose a webhook is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// An operator's.
    Person(UserId),
    /// A bot's, by its number.
    Bot(i64),
}

/// Where events are delivered to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Webhook {
    /// Its number.
    pub(crate) id: i64,
    /// Whose it is.
    pub(crate) owner: Owner,
    /// Where to.
    pub(crate) url: String,
    /// Which events, as they were asked for.
    pub(crate) events: Vec<String>,
    /// Of its secret.
    pub(crate) salt: Vec<u8>,
    /// Whether anything is delivered.
    pub(crate) enabled: bool,
    /// Why not.
    pub(crate) reason: Option<String>,
    /// Failures in a row.
    pub(crate) failures: i32,
    /// When it is tried again.
    pub(crate) next_at: Timestamp,
    /// The last audit event that was looked at for it.
    pub(crate) audit_after: i64,
    /// Events that found no room.
    pub(crate) lost: i64,
    /// When it was made.
    pub(crate) made_at: Timestamp,
}

/// Something to be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// Its place in the queue.
    pub(crate) id: i64,
    /// By which the receiver knows one that comes twice.
    pub(crate) delivery: String,
    /// The event's name.
    pub(crate) event: String,
    /// The whole of what is sent, in JSON.
    pub(crate) body: String,
}
