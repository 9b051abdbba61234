//! Commands, requestables and services that run a program: how they are declared, each with its bounds.
//!
//! What can be known from the file alone is checked here; names and groups where the tables are made.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// Most declarations of one kind.
pub(crate) const DECLARED_MAX: usize = 256;

/// The bounds of one program: what a run may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// The program and what is always given to it.
    pub program: Vec<String>,
    /// Milliseconds a run may take.
    pub timeout_ms: u64,
    /// Bytes of address space of each of its processes.
    pub memory_bytes: u64,
    /// Bytes it may write to standard output.
    pub output_bytes: usize,
    /// Runs at the same time; one more is refused with `busy`.
    pub concurrent_max: usize,
}

/// Declares a kind of program: keys of its own, then those that bound every one.
macro_rules! programs {
    ($($(#[$about:meta])* $kind:ident { $($(#[$doc:meta])* $key:ident: $type:ty,)* })+) => {
        $(
            $(#[$about])*
            #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub struct $kind {
                /// Its name.
                pub name: String,
                /// The program, by a path, and what is always given to it; relative to the folder of the file.
                pub program: Vec<String>,
                $(
                    $(#[$doc])*
                    pub $key: $type,
                )*
                /// Milliseconds a run may take.
                #[serde(default = "timeout_ms")]
                pub timeout_ms: u64,
                /// Bytes of address space of each of its processes.
                #[serde(default = "memory_bytes")]
                pub memory_bytes: u64,
                /// Bytes it may write to standard output.
                #[serde(default = "output_bytes")]
                pub output_bytes: usize,
                /// Runs at the same time.
                #[serde(default = "concurrent_max")]
                pub concurrent_max: usize,
            }

            impl $kind {
                /// What a run may take.
                #[must_use]
                pub fn bounds(&self) -> Bounds {
                    Bounds {
                        program: self.program.clone(),
                        timeout_ms: self.timeout_ms,
                        memory_bytes: self.memory_bytes,
                        output_bytes: self.output_bytes,
                        concurrent_max: self.concurrent_max,
                    }
                }

                pub(super) fn resolve(&mut self, folder: &Path) {
                    resolve(&mut self.program, folder);
                }
            }
        )+
    };
}

programs! {
    /// A `[[command]]`.
    CommandConfig {
        /// Its help text.
        #[serde(default)]
        about: String,
        /// Where help lists it.
        #[serde(default = "category")]
        category: String,
        /// The group whose permission a caller must hold.
        #[serde(default = "needs")]
        needs: String,
        /// Its arguments, in order.
        #[serde(default)]
        args: Vec<ArgumentConfig>,
        /// Whether it changes something: retries hear the first answer, each run is an audit event.
        #[serde(default)]
        changes: bool,
        /// Whether arguments may begin with `-`: the program takes no options, or `program` ends with `--`.
        #[serde(default)]
        takes_dashes: bool,
    }

    /// A `[[requestable]]`.
    RequestableConfig {
        /// Its help text.
        #[serde(default)]
        about: String,
        /// The group whose permission an asker must hold.
        #[serde(default = "needs")]
        needs: String,
        /// Its arguments, in order.
        #[serde(default)]
        args: Vec<ArgumentConfig>,
        /// As for a command.
        #[serde(default)]
        takes_dashes: bool,
    }

    /// A `[[service]]`.
    ServiceConfig {
        /// Milliseconds from the end of a round to the next.
        every_ms: u64,
    }
}

/// One argument of a command or requestable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArgumentConfig {
    /// Its name.
    pub name: String,
    /// What it is: `text` unless set, `integer`, `number` or `boolean`.
    #[serde(default, rename = "type")]
    pub kind: ArgumentKind,
    /// Whether it need not be given.
    #[serde(default)]
    pub optional: bool,
    /// Whether it takes all that follows; the last one only.
    #[serde(default)]
    pub repeatable: bool,
    /// What it means.
    #[serde(default)]
    pub about: String,
}

/// What an argument is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArgumentKind {
    /// Any text without NUL.
    #[default]
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
}

impl ArgumentKind {
    /// As signatures and refusals name it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
        }
    }
}

const fn timeout_ms() -> u64 {
    5_000
}

const fn memory_bytes() -> u64 {
    268_435_456
}

const fn output_bytes() -> usize {
    32_768
}

const fn concurrent_max() -> usize {
    4
}

fn category() -> String {
    "own".to_owned()
}

fn needs() -> String {
    "user".to_owned()
}

/// A path with a folder in it is meant from the folder of the file.
fn resolve(program: &mut [String], folder: &Path) {
    if let Some(first) = program.first_mut()
        && first.contains('/')
        && !first.starts_with('/')
    {
        *first = folder.join(&*first).display().to_string();
    }
}

/// What is wrong with the bounds of one declaration: the key, what was got and what is wanted.
pub(super) fn misfit(
    bounds: &Bounds,
    deadline_ms_max: u64,
    frame_bytes: usize,
) -> Option<(&'static str, String, String)> {
    let outside = |key, got: u64, min: u64, max: u64| {
        (!(min..=max).contains(&got)).then(|| (key, got.to_string(), format!("{min} to {max}")))
    };
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let Some(program) = bounds.program.first() else {
        return Some((
            "program",
            "empty".to_owned(),
            "a path, and what is always given to it".to_owned(),
        ));
    };
    if !program.contains('/') || bounds.program.iter().any(|part| part.contains('\0')) {
        let wanted = "a path like /usr/bin/date or ./date.sh, and arguments without NUL";
        return Some(("program", format!("{program:?}"), wanted.to_owned()));
    }
    outside("timeout_ms", bounds.timeout_ms, 10, deadline_ms_max)
        .or_else(|| outside("memory_bytes", bounds.memory_bytes, 16_777_216, 1_099_511_627_776))
        .or_else(|| outside("output_bytes", number(bounds.output_bytes), 1, number(frame_bytes)))
        .or_else(|| outside("concurrent_max", number(bounds.concurrent_max), 1, 256))
}

/// Whether a service comes around in a time that makes sense.
pub(super) fn rhythm_misfit(every_ms: Option<u64>) -> Option<(&'static str, String, String)> {
    let every_ms = every_ms.filter(|every_ms| !(10..=2_592_000_000).contains(every_ms))?;
    Some(("every_ms", every_ms.to_string(), "10 to 2592000000".to_owned()))
}
