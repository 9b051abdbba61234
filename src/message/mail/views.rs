//! A line of an inbox as it travels: in the event `message`, in pages of the inbox, and the event `gap`.

use bytes::{Bytes, BytesMut};
use schemars::JsonSchema;
use serde::Serialize;

use super::super::store::Line;
use crate::runtime::clock::from_micros;
use crate::wire::{self, Event, Frame, Value};

/// The event that brings a line.
pub(super) const MESSAGE: &str = "message";
/// The event that says which lines are not there any more.
pub(super) const GAP: &str = "gap";

/// One message in somebody's inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct MessageView {
    /// The number of the message; the same wherever it comes.
    id: i64,
    /// Its number in this inbox, from 1 without gaps.
    seq: i64,
    /// The epoch in which `seq` counts.
    epoch: String,
    /// Who sent it: a user name, or the name of a bot.
    from: String,
    /// The sender's account, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    from_user_id: Option<i64>,
    /// What sent it: user or bot.
    kind: String,
    /// Whom it is for: `user`, `building`, `range_m`, `room`, `whisper` or `everybody`.
    to: String,
    /// The building.
    #[serde(skip_serializing_if = "Option::is_none")]
    building: Option<String>,
    /// The room.
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<String>,
    /// What is said.
    body: String,
    /// When the server took it.
    at: String,
    /// When it is let go.
    expires_at: String,
}

/// A line as it travels.
pub(crate) fn view(line: Line, epoch: &str) -> MessageView {
    let is_building = line.target == "building";
    let (building, room) = if is_building {
        (line.target_name, None)
    } else {
        (None, line.target_name)
    };
    MessageView {
        id: line.id,
        seq: line.seq,
        epoch: epoch.to_owned(),
        from: line.sender_name,
        from_user_id: line.sender_id,
        kind: line.sender_kind,
        to: line.target,
        building,
        room,
        body: line.body,
        at: from_micros(line.sent_at).to_string(),
        expires_at: from_micros(line.expires_at).to_string(),
    }
}

/// Lines that are not there any more.
#[derive(Debug, Serialize)]
pub(super) struct Gap<'a> {
    /// The epoch in which they counted.
    pub(super) epoch: &'a str,
    /// The first and the last of them, where they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) to: Option<u64>,
    /// Why: `gone` or `restored`.
    pub(super) cause: &'static str,
}

impl<'a> Gap<'a> {
    /// Their time was over, or the inbox full.
    pub(super) fn gone(epoch: &'a str, from: u64, to: u64) -> Self {
        Self {
            epoch,
            from: Some(from),
            to: Some(to),
            cause: "gone",
        }
    }

    /// The store is not the one this session knew: what came since it was saved is lost, and `seq` counts anew.
    pub(super) fn restored(epoch: &'a str) -> Self {
        Self {
            epoch,
            from: None,
            to: None,
            cause: "restored",
        }
    }
}

/// An event as it travels; `None` when it cannot be encoded, which is an error of ours.
pub(super) fn frame(epoch: &str, number: u64, name: &str, data: &impl Serialize) -> Option<Bytes> {
    let data = Value::serialized(data).ok()?;
    let event = Frame::Event(Event {
        epoch: epoch.to_owned(),
        seq: number,
        name: name.to_owned(),
        data,
    });
    let mut out = BytesMut::new();
    wire::encode(&event, &mut out).ok()?;
    Some(out.freeze())
}
