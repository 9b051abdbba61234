//! Rules of port expressions: which ports a datasock may listen on, in which order they are tried.
//!
//! Pure: it knows numbers, never a socket. `4100` and `=4100` are that port, `>4100` that one and those above,
//! `<4100` that one and those below, a list its entries in order; 0 is whatever port is free.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Ports tried before an expression counts as used up.
pub(crate) const PORT_TRIES_MAX: usize = 1_024;
/// Entries of a list.
pub(crate) const PORTS_LISTED_MAX: usize = 64;

/// What an expression may look like, for refusals.
const WANTED: &str = "a port as 4100, \"=4100\", \">4100\" (it and above), \"<4100\" (it and below) or a list of these";

/// Where a datasock may listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ports {
    /// This port; 0 is any.
    One(u16),
    /// This port and those above.
    Up(u16),
    /// This port and those below.
    Down(u16),
    /// One after the other; no lists in it.
    List(Vec<Ports>),
}

/// Why something is no port expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PortsError {
    /// No port has that number.
    #[error("got port {0}, wanted 0 to 65535")]
    Range(i128),
    /// `>0` and `<0` mean nothing.
    #[error("got `{0}`, wanted a port from 1 to 65535 behind the sign")]
    Zero(String),
    /// Something else.
    #[error("got `{0}`, wanted {WANTED}")]
    Text(String),
    /// Nothing, or too much, in a list.
    #[error("got a list of {0} ports, wanted 1 to {PORTS_LISTED_MAX}")]
    Count(usize),
}

impl Ports {
    /// The port of that number.
    pub(crate) fn number(number: i128) -> Result<Self, PortsError> {
        u16::try_from(number)
            .map(Self::One)
            .map_err(|_| PortsError::Range(number))
    }

    /// From text.
    pub(crate) fn parse(text: &str) -> Result<Self, PortsError> {
        let shown = || text.chars().take(32).flat_map(char::escape_debug).collect::<String>();
        let text = text.trim();
        let (sign, digits) = match text.strip_prefix(['=', '>', '<']) {
            Some(digits) => (text.chars().next(), digits.trim_start()),
            None => (None, text),
        };
        if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(PortsError::Text(shown()));
        }
        let number: i128 = digits.parse().map_err(|_| PortsError::Text(shown()))?;
        match (sign, Self::number(number)?) {
            (Some('>' | '<'), Self::One(0)) => Err(PortsError::Zero(shown())),
            (Some('>'), Self::One(port)) => Ok(Self::Up(port)),
            (Some('<'), Self::One(port)) => Ok(Self::Down(port)),
            (_, one) => Ok(one),
        }
    }

    /// From several, tried in order.
    pub(crate) fn list(ports: Vec<Self>) -> Result<Self, PortsError> {
        match ports.len() {
            1..=PORTS_LISTED_MAX => Ok(Self::List(ports)),
            got => Err(PortsError::Count(got)),
        }
    }

    /// The ports to try, best first, at most [`PORT_TRIES_MAX`].
    pub(crate) fn candidates(&self) -> Vec<u16> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    fn collect(&self, found: &mut Vec<u16>) {
        let left = PORT_TRIES_MAX.saturating_sub(found.len());
        match self {
            Self::One(port) => found.extend(std::iter::once(*port).take(left)),
            Self::Up(first) => found.extend((*first..=u16::MAX).take(left)),
            Self::Down(first) => found.extend((1..=*first).rev().take(left)),
            Self::List(ports) => ports.iter().for_each(|one| one.collect(found)),
        }
    }
}

impl Default for Ports {
    /// As the hub has always done it: below the first listeners.
    fn default() -> Self {
        Self::Down(3_999)
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(port) => write!(f, "={port}"),
            Self::Up(port) => write!(f, ">{port}"),
            Self::Down(port) => write!(f, "<{port}"),
            Self::List(ports) => {
                let listed: Vec<String> = ports.iter().map(Self::to_string).collect();
                write!(f, "[{}]", listed.join(", "))
            }
        }
    }
}

impl Serialize for Ports {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(port) => serializer.serialize_u16(*port),
            Self::Up(_) | Self::Down(_) => serializer.collect_str(self),
            Self::List(ports) => serializer.collect_seq(ports),
        }
    }
}

impl<'de> Deserialize<'de> for Ports {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Expression { is_listed: false })
    }
}

/// One entry of a list: anything but another list.
struct Entry(Ports);

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Expression { is_listed: true }).map(Self)
    }
}

struct Expression {
    is_listed: bool,
}

impl<'de> Visitor<'de> for Expression {
    type Value = Ports;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(WANTED)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Ports, E> {
        Ports::number(number.into()).map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Ports, E> {
        Ports::number(number.into()).map_err(E::custom)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Ports, E> {
        Ports::parse(text).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Ports, A::Error> {
        if self.is_listed {
            return Err(de::Error::custom(format!("got a list in a list, wanted {WANTED}")));
        }
        let mut ports = Vec::new();
        while let Some(Entry(port)) = entries.next_element()? {
            if ports.len() == PORTS_LISTED_MAX {
                return Err(de::Error::custom(PortsError::Count(PORTS_LISTED_MAX + 1)));
            }
            ports.push(port);
        }
        Ports::list(ports).map_err(de::Error::custom)
    }
}

impl JsonSchema for Ports {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Ports".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["integer", "string", "array"] })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(json: &str) -> Result<Ports, String> {
        serde_json::from_str(json).map_err(|err| err.to_string())
    }

    #[test]
    fn every_form_of_an_expression_is_read() {
        for (json, wanted) in [
            ("4100", Ports::One(4100)),
            ("0", Ports::One(0)),
            ("65535", Ports::One(65_535)),
            (r#""4100""#, Ports::One(4100)),
            (r#""=4100""#, Ports::One(4100)),
            (r#"">4100""#, Ports::Up(4100)),
            (r#""< 3999""#, Ports::Down(3999)),
            (
                r#"[4100, "<3999"]"#,
                Ports::List(vec![Ports::One(4100), Ports::Down(3999)]),
            ),
        ] {
            assert_eq!(read(json), Ok(wanted), "{json}");
        }
    }

    #[test]
    fn what_is_no_expression_is_refused_by_what_is_wanted() {
        for (json, why) in [
            ("65536", "got port 65536, wanted 0 to 65535"),
            ("-1", "got port -1, wanted 0 to 65535"),
            (r#""=70000""#, "got port 70000, wanted 0 to 65535"),
            (r#"">0""#, "wanted a port from 1 to 65535 behind the sign"),
            (r#""<0""#, "wanted a port from 1 to 65535 behind the sign"),
            (r#""""#, "wanted a port as 4100"),
            (r#"">""#, "wanted a port as 4100"),
            (r#""?4100""#, "got `?4100`, wanted a port as 4100"),
            (r#""4100x""#, "wanted a port as 4100"),
            (r#""=-5""#, "wanted a port as 4100"),
            (r#""99999999999999999999999""#, "wanted a port as 4100"),
            ("true", "expected a port as 4100"),
            ("4100.5", "expected a port as 4100"),
            ("{}", "expected a port as 4100"),
            ("[]", "got a list of 0 ports, wanted 1 to 64"),
            ("[[4100]]", "got a list in a list"),
        ] {
            let refused = read(json).unwrap_err();
            assert!(refused.contains(why), "{json}: {refused}");
        }
    }

    #[test]
    fn a_list_of_the_most_entries_passes_and_one_more_does_not() {
        let list = |count: usize| serde_json::to_string(&vec![4100; count]).unwrap();
        assert!(read(&list(PORTS_LISTED_MAX)).is_ok());
        assert!(read(&list(PORTS_LISTED_MAX + 1)).unwrap_err().contains("65 ports"));
    }

    #[test]
    fn candidates_come_in_order_and_end_at_the_last_port() {
        assert_eq!(Ports::One(0).candidates(), [0]);
        assert_eq!(Ports::Up(65_533).candidates(), [65_533, 65_534, 65_535]);
        assert_eq!(Ports::Down(3).candidates(), [3, 2, 1]);
        let list = Ports::List(vec![Ports::One(7), Ports::Down(2), Ports::Up(65_535)]);
        assert_eq!(list.candidates(), [7, 2, 1, 65_535]);
        assert_eq!(Ports::Up(1).candidates().len(), PORT_TRIES_MAX);
        assert_eq!(Ports::List(vec![Ports::Up(1); 2]).candidates().len(), PORT_TRIES_MAX);
    }

    fn one() -> impl Strategy<Value = Ports> {
        prop_oneof![
            any::<u16>().prop_map(Ports::One),
            (1..=u16::MAX).prop_map(Ports::Up),
            (1..=u16::MAX).prop_map(Ports::Down),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(ports in prop_oneof![
            one(),
            proptest::collection::vec(one(), 1..5).prop_map(Ports::List),
        ]) {
            let json = serde_json::to_string(&ports).unwrap();
            prop_assert_eq!(read(&json), Ok(ports));
        }

        #[test]
        fn no_text_is_more_than_read_or_refused(text in ".{0,12}") {
            if let Ok(ports) = Ports::parse(&text) {
                let candidates = ports.candidates();
                prop_assert!((1..=PORT_TRIES_MAX).contains(&candidates.len()));
            }
        }
    }
}
