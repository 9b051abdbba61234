//! What is said after the handshake: texts, calls, requests, their results, messages, events.
//!
//! Owns the shapes and the rule that a result has exactly one of `ok` and `error`, where `ok` may be null.
//! Arguments are values that the called command reads; nothing here knows any command.

use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Value, WireError};

/// Free text, or a call in the form `s.name(a, b)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// What is said.
    pub body: String,
    /// Who says it; only from server to client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Asks for a `result` instead of a `text` in answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
}

/// Asks the other side to run a command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Chosen by the caller, unique while open.
    pub id: u64,
    /// Name of the command.
    pub command: String,
    /// By position or by name.
    #[serde(default)]
    pub args: Args,
    /// The caller hears `timeout` after this long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<u64>,
}

/// Asks the other side for something it knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Chosen by the asker, unique while open.
    pub id: u64,
    /// Name of the requestable.
    pub name: String,
    /// By position or by name.
    #[serde(default, skip_serializing_if = "Args::is_default")]
    pub args: Args,
}

/// Arguments of a call or a request.
#[derive(Clone, PartialEq)]
pub enum Args {
    /// An array: in the order of the signature.
    Position(Vec<Value>),
    /// A map: names and values in the order in which they came.
    Name(Vec<(String, Value)>),
}

impl Args {
    /// How many arguments there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Position(values) => values.len(),
            Self::Name(values) => values.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn is_default(&self) -> bool {
        matches!(self, Self::Position(values) if values.is_empty())
    }
}

impl Default for Args {
    fn default() -> Self {
        Self::Position(Vec::new())
    }
}

/// Shows names and counts only: arguments hold passwords, PINs and positions of people.
impl fmt::Debug for Args {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Position(values) => write!(f, "Position({} values)", values.len()),
            Self::Name(values) => f
                .debug_map()
                .entries(values.iter().map(|(name, _)| (name, format_args!("***"))))
                .finish(),
        }
    }
}

impl Serialize for Args {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Position(values) => serializer.collect_seq(values),
            Self::Name(values) => serializer.collect_map(values.iter().map(|(name, value)| (name, value))),
        }
    }
}

impl<'de> Deserialize<'de> for Args {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ArgsVisitor;

        impl<'de> Visitor<'de> for ArgsVisitor {
            type Value = Args;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("arguments as an array or a map")
            }

            // Capacities come from the peer: the vectors grow with what is really there.
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Args, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = seq.next_element()? {
                    values.push(value);
                }
                Ok(Args::Position(values))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Args, A::Error> {
                let mut values = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    values.push(pair);
                }
                Ok(Args::Name(values))
            }
        }

        deserializer.deserialize_any(ArgsVisitor)
    }
}

/// The answer to a call, a request or anything else with an id.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "AnswerFields")]
pub struct Answer {
    /// The id that was asked with.
    pub id: u64,
    /// What came of it. Travels as one of `ok` and `error`.
    pub outcome: Result<Value, WireError>,
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Answer", 2)?;
        fields.serialize_field("id", &self.id)?;
        match &self.outcome {
            Ok(value) => fields.serialize_field("ok", value)?,
            Err(error) => fields.serialize_field("error", error)?,
        }
        fields.end()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerFields {
    id: u64,
    #[serde(default, deserialize_with = "present")]
    ok: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    error: Option<WireError>,
}

/// A field that is there, even if it is null.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl TryFrom<AnswerFields> for Answer {
    type Error = &'static str;

    fn try_from(fields: AnswerFields) -> Result<Self, Self::Error> {
        let outcome = match (fields.ok, fields.error) {
            (Some(value), None) => Ok(value),
            (None, Some(error)) => Err(error),
            (Some(_), Some(_)) => return Err("got both `ok` and `error`, wanted one of them"),
            (None, None) => return Err("got neither `ok` nor `error`, wanted one of them"),
        };
        Ok(Self { id: fields.id, outcome })
    }
}

/// A number that may be written as an integer: ciborium takes only a float for an `f64`.
///
/// For `#[serde(deserialize_with = "crate::wire::number")]`.
pub fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    struct NumberVisitor;

    impl Visitor<'_> for NumberVisitor {
        type Value = f64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number")
        }

        fn visit_f64<E>(self, float: f64) -> Result<f64, E> {
            Ok(float)
        }

        fn visit_u64<E: serde::de::Error>(self, integer: u64) -> Result<f64, E> {
            let number = serde_json::Number::from(integer).as_f64();
            number.ok_or_else(|| E::custom("got an integer beyond a float"))
        }

        fn visit_i64<E: serde::de::Error>(self, integer: i64) -> Result<f64, E> {
            let number = serde_json::Number::from(integer).as_f64();
            number.ok_or_else(|| E::custom("got an integer beyond a float"))
        }
    }

    deserializer.deserialize_any(NumberVisitor)
}

/// A message to people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Send {
    /// Chosen by the sender, unique while open.
    pub id: u64,
    /// To whom.
    pub to: Target,
    /// What is said.
    pub body: String,
}

/// To whom a message goes: a map with one key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A connected client, by name or id.
    Client(String),
    /// An account, by username.
    User(String),
    /// Everybody in a building, by name.
    Building(String),
    /// Everybody in a room, by name.
    Room(String),
    /// Everybody within this distance of the sender, in metres.
    RangeM(#[serde(deserialize_with = "number")] f64),
    /// Everybody; the value is `true`.
    All(Everybody),
}

/// The value of `all`: `true` and nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "bool", into = "bool")]
pub struct Everybody;

impl From<Everybody> for bool {
    fn from(_: Everybody) -> Self {
        true
    }
}

impl TryFrom<bool> for Everybody {
    type Error = &'static str;

    fn try_from(all: bool) -> Result<Self, Self::Error> {
        if all {
            Ok(Self)
        } else {
            Err("got `all` false, wanted true")
        }
    }
}

/// Something that happened. It comes again until it is acknowledged if it must not be lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Within which `seq` counts; changes when the server cannot go on counting.
    pub epoch: String,
    /// Its number in this epoch, for this client.
    pub seq: u64,
    /// What kind of thing happened.
    pub name: String,
    /// The particulars.
    pub data: Value,
}
