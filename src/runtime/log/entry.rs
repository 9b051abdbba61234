//! One event as it is kept: number, instant, level, target, a sentence, and dotted fields, each bounded.
//!
//! Text is made harmless here, once: no control characters, no line breaks, no more than its bound. What an event
//! says is its caller's choice; nothing is added.

use std::fmt::{self, Write as _};

use jiff::Timestamp;
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

/// Most bytes of a sentence; the rest is cut.
pub const TEXT_BYTES_MAX: usize = 1_024;
/// Most bytes of one field's value; the rest is cut.
pub const FIELD_BYTES_MAX: usize = 256;
/// Most fields of an event; further ones are left out.
pub const FIELDS_MAX: usize = 16;
/// The name under which tracing hands over the sentence.
const MESSAGE: &str = "message";
/// Stands where something was cut.
const CUT: &str = "…";

/// One event of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Counts up from 1 within one start of the process.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// How bad.
    pub level: Level,
    /// One of [`super::targets`], or a module.
    pub target: &'static str,
    /// A sentence that can be read alone.
    pub text: String,
    /// `client.id` and the like.
    pub fields: Vec<(&'static str, String)>,
}

impl Entry {
    /// Takes an event down; its number comes with its place in the ring.
    pub(super) fn of(event: &Event<'_>, at: Timestamp) -> Self {
        let meta = event.metadata();
        let mut entry = Self {
            number: 0,
            at,
            level: *meta.level(),
            target: meta.target(),
            text: String::new(),
            fields: Vec::new(),
        };
        event.record(&mut entry);
        entry
    }

    /// The value of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Bytes of memory it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let fields = self.fields.iter().map(|(_, value)| value.len());
        let each = size_of::<(&'static str, String)>();
        size_of::<Self>() + self.text.len() + fields.map(|bytes| bytes + each).sum::<usize>()
    }

    /// One line for programs, as the log on standard error has it.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut line = serde_json::Map::new();
        line.insert("timestamp".to_owned(), self.at.to_string().into());
        line.insert("level".to_owned(), self.level.as_str().into());
        line.insert(MESSAGE.to_owned(), self.text.as_str().into());
        for (name, value) in &self.fields {
            line.entry(*name).or_insert_with(|| value.as_str().into());
        }
        line.insert("target".to_owned(), self.target.into());
        serde_json::Value::Object(line).to_string()
    }

    fn keep(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        if field.name() == MESSAGE {
            self.text = bounded(value, TEXT_BYTES_MAX);
        } else if self.fields.len() < FIELDS_MAX {
            self.fields.push((field.name(), bounded(value, FIELD_BYTES_MAX)));
        }
    }
}

/// One line for people.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:>5} {}: {}", self.at, self.level, self.target, self.text)?;
        for (name, value) in &self.fields {
            if value.is_empty() || value.contains([' ', '"', '=']) {
                write!(f, " {name}={value:?}")?;
            } else {
                write!(f, " {name}={value}")?;
            }
        }
        Ok(())
    }
}

impl Visit for Entry {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.keep(field, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.keep(field, format_args!("{value}"));
    }
}

/// What is written, as far as it fits, without control characters.
fn bounded(value: fmt::Arguments<'_>, bytes_max: usize) -> String {
    let mut text = Bounded {
        out: String::new(),
        bytes_max,
    };
    // It refuses what goes beyond the bound, so that nobody formats on in vain.
    if text.write_fmt(value).is_err() {
        text.out.push_str(CUT);
    }
    text.out
}

struct Bounded {
    out: String,
    bytes_max: usize,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            if letter.is_control() {
                for shown in letter.escape_debug() {
                    self.write_letter(shown)?;
                }
            } else {
                self.write_letter(letter)?;
            }
        }
        Ok(())
    }
}

impl Bounded {
    fn write_letter(&mut self, letter: char) -> fmt::Result {
        if self.out.len() + letter.len_utf8() > self.bytes_max {
            return Err(fmt::Error);
        }
        self.out.push(letter);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            number: 1,
            at: Timestamp::UNIX_EPOCH,
            level: Level::INFO,
            target: "connection",
            text: "connected".to_owned(),
            fields: vec![("client.id", "a1".to_owned()), ("client.name", "a b".to_owned())],
        }
    }

    #[test]
    fn a_text_is_kept_up_to_its_bound_and_cut_one_beyond() {
        assert_eq!(bounded(format_args!("{}", "é".repeat(5)), 10), "é".repeat(5));
        assert_eq!(bounded(format_args!("{}x", "é".repeat(5)), 10), "ééééé…");
        assert_eq!(bounded(format_args!("éé"), 3), "é…");
    }

    #[test]
    fn a_line_break_of_a_peer_makes_no_second_line() {
        assert_eq!(bounded(format_args!("a\n{}", "\u{1b}[2J"), 100), "a\\n\\u{1b}[2J");
    }

    #[test]
    fn a_line_is_readable_by_people_and_by_programs() {
        let line = entry().to_string();
        assert_eq!(
            line,
            "1970-01-01T00:00:00Z  INFO connection: connected client.id=a1 client.name=\"a b\""
        );
        let json: serde_json::Value = serde_json::from_str(&entry().to_json()).unwrap();
        assert_eq!(json["message"], "connected");
        assert_eq!(json["client.name"], "a b");
        assert_eq!(json["target"], "connection");
    }
}
