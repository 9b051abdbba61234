//! Closed sets of names that travel as text: error codes, kinds of clients.
//!
//! Answers with the name of a value and the value of a name. They are read as text and nothing else:
//! ciborium would take `{"car": 5}` for a unit variant and lose its place in the frame.

/// Declares an enum whose values travel as the given texts, with `as_str`, `ALL`, `FromStr`, `Display`, serde and a schema.
macro_rules! names {
    (
        $(#[$meta:meta])*
        $name:ident as $what:literal {
            $($(#[$doc:meta])* $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// Every value, in the order of the protocol.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The text that travels.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::wire::names::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err($crate::wire::names::UnknownName::new($what, text, &[$($text,)+])),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn schema_id() -> std::borrow::Cow<'static, str> {
                concat!(module_path!(), "::", stringify!($name)).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "enum": [$($text,)+] })
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use names;

/// Most characters of a peer's text that an error message repeats.
const SHOWN_CHARS_MAX: usize = 64;

/// A text that is none of a closed set of names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} `{got}`, wanted one of {wanted}")]
pub struct UnknownName {
    what: &'static str,
    got: String,
    wanted: String,
}

impl UnknownName {
    /// The text that came and the set it is not in.
    pub(crate) fn new(what: &'static str, got: &str, wanted: &[&str]) -> Self {
        Self {
            what,
            got: shown(got),
            wanted: wanted.join(", "),
        }
    }
}

/// The beginning of a peer's text, fit for an error message.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
