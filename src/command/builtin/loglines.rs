//! What commands about the log share: events as they are answered, as many as fit into a frame.
//!
//! No command of its own.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::house::House;
use crate::runtime::log::Entry;
use crate::wire;

/// Bytes of a frame that are not for events: its own head and the list's.
const FRAME_HEAD_BYTES: usize = 64;
/// Bytes of the sentence of an event that does not fit into a frame alone.
const SHORT_BYTES: usize = 256;

/// One event.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Line {
    number: u64,
    at: String,
    level: &'static str,
    target: &'static str,
    text: String,
    /// `name=value`, in the order of the event.
    fields: Vec<String>,
}

impl From<&Entry> for Line {
    fn from(entry: &Entry) -> Self {
        let field = |(name, value): &(&'static str, String)| format!("{name}={value}");
        Self {
            number: entry.number,
            at: entry.at.to_string(),
            level: level_name(entry.level),
            target: entry.target,
            text: entry.text.clone(),
            fields: entry.fields.iter().map(field).collect(),
        }
    }
}

impl Line {
    /// Without what makes it long.
    fn short(entry: &Entry) -> Self {
        let end = entry.text.floor_char_boundary(SHORT_BYTES);
        Self {
            text: entry.text.get(..end).unwrap_or_default().to_owned(),
            fields: Vec::new(),
            ..Self::from(entry)
        }
    }

    fn bytes(&self) -> usize {
        wire::to_cbor(self).map_or(0, |bytes| bytes.len())
    }
}

/// As people write it.
fn level_name(level: tracing::Level) -> &'static str {
    match level {
        tracing::Level::ERROR => "error",
        tracing::Level::WARN => "warn",
        tracing::Level::INFO => "info",
        tracing::Level::DEBUG => "debug",
        tracing::Level::TRACE => "trace",
    }
}

/// The newest of these events, newest first: at most so many, and no more than a frame holds. Never none of some.
pub(super) fn newest(found: &[Arc<Entry>], lines_max: usize, frame_bytes: usize) -> Vec<Line> {
    let mut room = frame_bytes.saturating_sub(FRAME_HEAD_BYTES);
    let mut lines: Vec<Line> = Vec::new();
    for entry in found.iter().rev().take(lines_max) {
        let line = Line::from(&**entry);
        let bytes = line.bytes();
        if bytes > room {
            if lines.is_empty() {
                lines.push(Line::short(entry));
            }
            break;
        }
        room -= bytes;
        lines.push(line);
    }
    lines
}

/// Bytes of a frame, as configured.
pub(super) fn frame_bytes(house: &House) -> usize {
    house.config.limits.frame_bytes
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use tracing::Level;

    use super::*;

    fn entries(count: u64, text_bytes: usize) -> Vec<Arc<Entry>> {
        let entry = |number| Entry {
            number,
            at: Timestamp::UNIX_EPOCH,
            level: Level::WARN,
            target: "status",
            text: "é".repeat(text_bytes / 2),
            fields: vec![("client.id", "a".repeat(100))],
        };
        (1..=count).map(entry).map(Arc::new).collect()
    }

    #[test]
    fn the_newest_come_first_and_no_more_than_wanted() {
        let numbers = |lines: Vec<Line>| lines.iter().map(|line| line.number).collect::<Vec<_>>();
        assert_eq!(numbers(newest(&entries(5, 10), 3, 65_536)), [5, 4, 3]);
        assert_eq!(numbers(newest(&entries(2, 10), 3, 65_536)), [2, 1]);
        assert!(newest(&[], 3, 65_536).is_empty());
    }

    #[test]
    fn an_answer_fits_into_a_frame_whatever_it_holds() {
        for frame_bytes in [1_024, 4_096, 65_536] {
            for text_bytes in [0, 500, 1_024] {
                let lines = newest(&entries(1_000, text_bytes), 1_000, frame_bytes);
                assert!(!lines.is_empty());
                let bytes = wire::to_cbor(&lines).unwrap().len();
                assert!(bytes <= frame_bytes - 32, "{bytes} of {frame_bytes}");
            }
        }
    }
}
