//! Saying something to others, through whichever door: the checks, the sending, and the commands for people.
//!
//! A `send` frame and the commands end in the same [`post`].

mod announce;
mod tell;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Message, MessageError, check};
use crate::command::Caller;
use crate::command::table::Table;
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::Find;
use crate::registry::permissions::Permission;
use crate::runtime::metrics::message_ended;
use crate::shard::Whom;
use crate::wire::{ErrorCode, Target};

/// What the sender hears.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub(crate) struct Posted {
    /// The number of the message.
    pub(crate) message: u64,
    /// How many receivers it was pushed to.
    pub(crate) pushed: usize,
}

/// Adds the commands.
pub(crate) fn add_to(table: Table) -> Table {
    table.with::<announce::Announce>().with::<tell::Tell>()
}

/// Sends a message to whoever of the target is there now.
pub(crate) async fn post(house: &House, caller: &Caller, to: &Target, body: &str) -> Result<Posted, Error> {
    let posted = try_post(house, caller, to, body).await;
    let outcome = posted.as_ref().map_or_else(|err| err.code().as_str(), |_| "ok");
    message_ended(kind(to), outcome);
    posted
}

async fn try_post(house: &House, caller: &Caller, to: &Target, body: &str) -> Result<Posted, Error> {
    if let Some(err) = muted(house, caller) {
        return Err(err);
    }
    let whom = whom(house, caller, to).await?;
    check(body).map_err(|err| refusal(&err))?;
    let id = house.messages.fetch_add(1, Ordering::Relaxed);
    let name = caller.standing.name();
    let message = Message {
        id,
        from: &name,
        from_id: &caller.standing.client_id,
        body,
        at: house.clock.now(),
    };
    let frame = message
        .event(house.events.epoch(), house.config.limits.frame_bytes)
        .map_err(|err| refusal(&err))?;
    let pushed = house
        .shards
        .fan(frame, whom)
        .await
        .map_err(|err| Error::new(ErrorCode::Unavailable, err.to_string()))?;
    tracing::debug!(client.id = %caller.standing.client_id, message.id = id, pushed, bytes = body.len(), "a message was passed on");
    Ok(Posted { message: id, pushed })
}

/// Whom a target means, and whether the caller may speak to them.
async fn whom(house: &House, caller: &Caller, to: &Target) -> Result<Whom, Error> {
    let needs = match to {
        Target::All(_) => Permission::Manager,
        _ => Permission::User,
    };
    if !caller.may(needs) {
        let message = format!("a message to `{}` needs the permission `{needs}`", kind(to));
        return Err(Error::new(ErrorCode::Forbidden, message));
    }
    match to {
        Target::All(_) => Ok(Whom::All),
        Target::Client(client) => {
            let found = house.registry.ask(Find(client.clone())).await?;
            let (_, peer) = found.ok_or_else(|| {
                let shown: String = client.chars().take(64).flat_map(char::escape_debug).collect();
                Error::new(ErrorCode::NotFound, format!("no client '{shown}' is connected"))
            })?;
            Ok(Whom::These(Arc::new([peer.connection])))
        }
        Target::User(_) | Target::Building(_) | Target::Room(_) | Target::RangeM(_) => {
            let message = format!(
                "this server does not carry messages to `{}` yet, only to `client` and `all`",
                kind(to)
            );
            Err(Error::new(ErrorCode::Unavailable, message))
        }
    }
}

/// A target as it is written.
fn kind(to: &Target) -> &'static str {
    match to {
        Target::Client(_) => "client",
        Target::User(_) => "user",
        Target::Building(_) => "building",
        Target::Room(_) => "room",
        Target::RangeM(_) => "range_m",
        Target::All(_) => "all",
    }
}

fn refusal(err: &MessageError) -> Error {
    let code = match err {
        MessageError::Empty => ErrorCode::BadArguments,
        MessageError::TooLong { .. } => ErrorCode::TooLarge,
    };
    Error::new(code, err.to_string())
}

/// The end of a mute and its reason, for programs.
#[derive(Serialize)]
struct MutedUntil {
    until: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Why this caller may not talk. Its calls, requests and answers are never asked.
pub(crate) fn muted(house: &House, caller: &Caller) -> Option<Error> {
    let mute = house.mutes.of(&caller.standing.who(), house.clock.now())?;
    let until = mute.until.to_string();
    let why = mute
        .reason
        .as_ref()
        .map_or_else(String::new, |reason| format!(": {reason}"));
    let message = format!("you are muted by '{}' until {until}{why}", mute.by);
    let detail = MutedUntil {
        until,
        reason: mute.reason,
    };
    Some(Error::new(ErrorCode::Muted, message).detail(&detail))
}
