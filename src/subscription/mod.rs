//! Subscriptions: what a client wants to hear again and again without asking each time.
//!
//! `rules` decides what is due and who hears, the actor looks and pushes. A subscription ends with its connection and
//! with the permission it needs. A subscriber that does not read is passed over, never waited for.

pub(crate) mod actor;
pub(crate) mod look;
mod messages;
mod present;
pub(crate) mod rules;
mod telling;
#[cfg(test)]
mod tests;

pub(crate) use messages::{ListOf, Listed, Subscribe, Unsubscribe};

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use crate::house::House;
use crate::registry::permissions::Permissions;
use crate::wire::Args;

/// How the subscriptions of this house are made.
pub(crate) fn settings(house: &House) -> actor::Settings {
    let limits = &house.config.limits;
    actor::Settings {
        looks: Arc::new(house.clone()),
        bounds: rules::Bounds {
            look: Duration::from_millis(limits.subscribe_look_ms),
            per_client: limits.subscriptions_per_client,
            total: limits.subscriptions_max,
            looks: limits.subscription_looks_max,
        },
        look_max: Duration::from_millis(limits.command_deadline_ms_default),
        frame_bytes_max: limits.frame_bytes,
        epoch: house.events.epoch().to_owned(),
        numbers: Arc::new(AtomicU64::new(0)),
    }
}

/// What is subscribed to.
#[derive(Debug)]
pub(crate) struct What {
    /// The requestable.
    pub(crate) name: String,
    /// Its arguments, as given.
    pub(crate) args: Args,
    /// The connected client that is asked, by name or id; `None` for the server itself.
    pub(crate) client: Option<String>,
}

/// What subscribers share a look by: whoever has the same hears the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    name: String,
    client: Option<String>,
    /// CBOR of the arguments, once they are bound.
    args: Arc<[u8]>,
    /// What the server tells may depend on what the asker may.
    view: Permissions,
}
