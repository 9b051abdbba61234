//! How a figure of the configuration is declared: once, with its doc, its default and its range.
//!
//! The macro makes the struct, its defaults and its check from one list, so that no figure can be
//! without a bound. It must never read files or the environment.

use std::fmt;

/// One figure as people see it: for the checks, for the example file and for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// Key inside its section, like `frame_bytes`.
    pub key: &'static str,
    /// What it is for, in one line.
    pub doc: String,
    /// The value in use.
    pub value: String,
    /// The values it may have, as `1 to 10` or `false or true`.
    pub wanted: String,
    /// Whether the value is one of them.
    pub is_in_range: bool,
}

impl Figure {
    /// Describes one figure; `docs` are the lines of its doc comment.
    pub(crate) fn new<T: fmt::Display + PartialOrd>(
        key: &'static str,
        docs: &[&str],
        value: &T,
        min: &T,
        max: &T,
    ) -> Self {
        let (first, last) = (min.to_string(), max.to_string());
        let is_switch = first == "false";
        let between = if is_switch { "or" } else { "to" };
        Self {
            key,
            doc: docs.concat().trim().to_owned(),
            value: value.to_string(),
            wanted: format!("{first} {between} {last}"),
            is_in_range: value >= min && value <= max,
        }
    }
}

/// Declares a section of the configuration: `/// doc` `key: type = default, min, max;`, and after `besides` keys without
/// a range, `/// doc` `key: type;`, whose default is that of their type.
macro_rules! bounded {
    ($(#[$about:meta])* $section:ident {
        $($(#[doc = $doc:literal])+ $key:ident: $type:ty = $default:expr, $min:expr, $max:expr;)+
        $(besides $($(#[doc = $other_doc:literal])+ $other:ident: $other_type:ty;)+)?
    }) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $section {
            $($(#[doc = $doc])+
              #[doc = concat!("\n\nDefault `", stringify!($default), "`, from `", stringify!($min), "` to `", stringify!($max), "`.")]
              pub $key: $type,)+
            $($($(#[doc = $other_doc])+
              pub $other: $other_type,)+)?
        }

        impl Default for $section {
            fn default() -> Self {
                Self { $($key: $default,)+ $($($other: Default::default(),)+)? }
            }
        }

        impl $section {
            /// Every figure of the section with its range, in the order of this file.
            pub fn figures(&self) -> Vec<$crate::config::Figure> {
                vec![$($crate::config::Figure::new(stringify!($key), &[$($doc),+], &self.$key, &$min, &$max),)+]
            }
        }
    };
}
pub(crate) use bounded;
