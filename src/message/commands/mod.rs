//! Saying something to others, through whichever door: the checks, the sending, and the commands for people.
//!
//! A `send` frame and the commands end in the same [`post`] when it is for whoever is there, and in the same
//! [`keep`](keeping::keep) when it is kept.

mod announce;
mod block;
mod blocks;
mod endnotice;
mod inbox;
pub(crate) mod keeping;
mod notice;
mod notices;
mod places;
mod read;
mod readers;
mod receipts;
mod rooms;
mod send;
mod sent;
mod tell;
mod unblock;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::rules::{BODY_BYTES_MAX, check};
use super::store::Bounds;
use super::{Message, refusal};
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
    /// How many clients it was pushed to, when it is for whoever is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pushed: Option<usize>,
    /// For how many people it is, when it is kept; at a place, for how many whom the sender may see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recipients: Option<usize>,
}

/// Adds the commands.
pub(crate) fn add_to(table: Table) -> Table {
    let table = table
        .with::<announce::Announce>()
        .with::<block::Block>()
        .with::<blocks::Blocks>()
        .with::<endnotice::EndNotice>()
        .with::<inbox::Inbox>()
        .with::<notice::Notice>()
        .with::<notices::Notices>()
        .with::<read::Read>()
        .with::<readers::Readers>()
        .with::<receipts::Receipts>()
        .with::<send::Send>()
        .with::<sent::Sent>()
        .with::<tell::Tell>()
        .with::<unblock::Unblock>();
    rooms::add_to(table)
}

/// Messages of a page where nothing is said.
const LIMIT_DEFAULT: u64 = 50;
/// Most messages of a page.
pub(crate) const LIMIT_MAX: u64 = 100;
/// Bytes of a page, names and times included: the answer must fit into a frame.
const PAGE_BYTES_MAX: usize = 48 * 1024;

/// How much one page holds.
fn page_bounds(house: &House, limit: Option<u64>) -> Result<Bounds, Error> {
    let limit = limit.unwrap_or(LIMIT_DEFAULT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        let message = format!("limit is {limit}, wanted 1 to {LIMIT_MAX}");
        return Err(Error::new(ErrorCode::BadArguments, message));
    }
    Ok(Bounds {
        lines: usize::try_from(limit).unwrap_or(1),
        bytes: PAGE_BYTES_MAX.min(house.config.limits.frame_bytes / 4 * 3),
    })
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
    check(body, BODY_BYTES_MAX).map_err(|err| refusal::of(&err))?;
    let id = house.mail.number();
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
        .map_err(|err| refusal::of(&err))?;
    let pushed = house
        .shards
        .fan(frame, whom)
        .await
        .map_err(|err| Error::new(ErrorCode::Unavailable, err.to_string()))?;
    tracing::debug!(client.id = %caller.standing.client_id, message.id = id, pushed, bytes = body.len(), "a message was passed on");
    Ok(Posted {
        message: id,
        pushed: Some(pushed),
        recipients: None,
    })
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
            let message = format!("a message to `{}` is kept, not said", kind(to));
            Err(Error::new(ErrorCode::Internal, message))
        }
    }
}

/// Whether what is sent to it is said to whoever is there, and not kept.
pub(crate) fn is_said(to: &Target) -> bool {
    matches!(to, Target::Client(_) | Target::All(_))
}

/// A target as it is written.
pub(crate) fn kind(to: &Target) -> &'static str {
    match to {
        Target::Client(_) => "client",
        Target::User(_) => "user",
        Target::Building(_) => "building",
        Target::Room(_) => "room",
        Target::RangeM(_) => "range_m",
        Target::All(_) => "all",
    }
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
