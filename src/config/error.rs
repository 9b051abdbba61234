//! What can be wrong with a configuration, each in one line that says where and what is wanted.
//!
//! Translates figment's errors, which name a source only when they know it, by looking the key up.

use std::path::{Path, PathBuf};

use figment::Figment;
use figment::error::Kind;

use super::Config;

/// Beyond so many known keys only the nearest are told.
const KEYS_LISTED_MAX: usize = 16;
/// How many of the nearest.
const KEYS_SUGGESTED: usize = 3;

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read at all.
    #[error("cannot read the configuration {}: {source}", .file.display())]
    Unreadable {
        /// The file that was named.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{file} is not valid TOML: {reason}")]
    NotToml {
        /// The file that was named.
        file: String,
        /// Line, column and what is wrong there.
        reason: String,
    },
    /// A key that nothing reads: most likely mistyped.
    #[error("{origin}: unknown key `{key}`, wanted {wanted}")]
    UnknownKey {
        /// File, variable or flag.
        origin: String,
        /// The whole key.
        key: String,
        /// The keys there are at that place.
        wanted: String,
    },
    /// A value of the wrong kind or out of range.
    #[error("{origin}: `{key}` is {got}, wanted {wanted}")]
    BadValue {
        /// File, variable or flag.
        origin: String,
        /// The whole key.
        key: String,
        /// The value found.
        got: String,
        /// The values it may have.
        wanted: String,
    },
    /// A value that means nothing to whoever uses it.
    #[error("{origin}: `{key}`: {reason}")]
    Refused {
        /// File, variable or flag.
        origin: String,
        /// The whole key.
        key: String,
        /// What was got and what is wanted.
        reason: String,
    },
}

impl ConfigError {
    /// The first of figment's errors, with the source and the value it is about.
    pub(crate) fn from_figment(error: &figment::Error, figment: &Figment, file: Option<&Path>) -> Self {
        let path = &error.path;
        if let Kind::UnknownField(name, known) = &error.kind {
            let key = path.join(".");
            return Self::UnknownKey {
                origin: origin(figment, file, &key),
                wanted: nearest(name, known),
                key,
            };
        }
        if path.is_empty()
            && let Kind::Message(message) = &error.kind
        {
            return Self::NotToml {
                file: file_name(file),
                reason: one_line(message),
            };
        }
        let key = path.join(".");
        Self::BadValue {
            origin: origin(figment, file, &key),
            got: found(figment, &key),
            wanted: range_of(&key).unwrap_or_else(|| wanted(&error.kind)),
            key,
        }
    }
}

/// The file, variable or flag a key was last set by.
pub(crate) fn origin(figment: &Figment, file: Option<&Path>, key: &str) -> String {
    let section = key.split('.').next().unwrap_or(key);
    match figment.find_metadata(key).or_else(|| figment.find_metadata(section)) {
        Some(metadata) if metadata.name.starts_with("TOML") => file_name(file),
        Some(metadata) => metadata.name.to_string(),
        None => "the default".to_owned(),
    }
}

fn file_name(file: Option<&Path>) -> String {
    file.map_or_else(|| "the configuration".to_owned(), |file| file.display().to_string())
}

/// The value as it was written; a whole section is only named as such.
fn found(figment: &Figment, key: &str) -> String {
    use figment::value::Value;
    match figment.find_value(key) {
        Ok(Value::String(_, text)) => format!("{text:?}"),
        Ok(Value::Bool(_, flag)) => flag.to_string(),
        Ok(Value::Num(_, number)) => number
            .to_i128()
            .map(|whole| whole.to_string())
            .or_else(|| number.to_f64().map(|real| real.to_string()))
            .unwrap_or_else(|| "a number".to_owned()),
        Ok(Value::Array(..)) => "a list".to_owned(),
        Ok(Value::Dict(..)) => "a section".to_owned(),
        Ok(_) | Err(_) => "something else".to_owned(),
    }
}

/// The range of a figure says more than its type.
fn range_of(key: &str) -> Option<String> {
    Config::default()
        .figures()
        .find(|(section, figure)| key.split_once('.') == Some((section, figure.key)))
        .map(|(_, figure)| figure.wanted)
}

fn wanted(kind: &Kind) -> String {
    match kind {
        Kind::InvalidType(_, wanted) | Kind::InvalidValue(_, wanted) | Kind::InvalidLength(_, wanted) => {
            match wanted.strip_prefix("struct ") {
                Some(_) => "a section".to_owned(),
                None => wanted.clone(),
            }
        }
        Kind::UnknownVariant(_, wanted) => format!("one of {}", wanted.join(", ")),
        other => one_line(&other.to_string()),
    }
}

/// The known keys, or those most like a mistyped one where there are many.
fn nearest(name: &str, known: &[&str]) -> String {
    let mut known = known.to_vec();
    if known.len() > KEYS_LISTED_MAX {
        known.sort_by(|one, other| {
            let likeness = |key| strsim::jaro_winkler(name, key);
            likeness(other).total_cmp(&likeness(one))
        });
        known.truncate(KEYS_SUGGESTED);
        return format!("perhaps {}", known.join(" or "));
    }
    format!("one of {}", known.join(", "))
}

/// Multi-line messages draw the place with a caret; their first and last line say the same.
fn one_line(message: &str) -> String {
    let mut lines = message.lines().map(str::trim).filter(|line| !line.is_empty());
    match (lines.next(), lines.next_back()) {
        (Some(first), Some(last)) => format!("{first}: {last}"),
        (Some(only), None) => only.to_owned(),
        (None, _) => "no reason given".to_owned(),
    }
}
