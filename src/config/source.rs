//! Where a value comes from: environment variables and command-line flags as figment providers.
//!
//! Each is named so that an error can say which one is wrong. Variables come in as an argument;
//! nothing here reads the environment.

use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};

/// What every variable of the configuration begins with.
const PREFIX: &str = "MOTORPOOL_";
/// Separates the levels of a key in a variable.
const LEVEL: &str = "__";
/// Variables of our clients, not of the configuration.
const NOT_CONFIG: &[&str] = &[
    "MOTORPOOL_PASSWORD",
    "MOTORPOOL_KEY",
    "MOTORPOOL_NEW_PASSWORD",
    "MOTORPOOL_NEW_PIN",
    // What a program of the configuration is told, and so are the tools of ours that it runs.
    "MOTORPOOL_COMMAND",
    "MOTORPOOL_CALLER",
    "MOTORPOOL_CLIENT_ID",
    "MOTORPOOL_USERNAME",
    "MOTORPOOL_GROUPS",
];
/// Sections whose values are all text, so that a name may be `42`.
const TEXT_SECTIONS: &[&str] = &["server.", "tls.", "accounts."];
/// Keys of other sections whose value is text.
const TEXT_KEYS: &[&str] = &[
    "log.level",
    "log.format",
    "log.file",
    "face.models",
    "face.key_store",
    "face.server_key",
    "face.server_key_file",
    "face.consent_text",
];

/// Keys whose value is a list of texts, with commas between them.
const LIST_KEYS: &[&str] = &["http.origins"];

/// One value, by one variable or one flag.
pub(crate) struct Setting {
    /// As errors call it: `environment variable X` or `flag --x`.
    origin: String,
    key: String,
    value: Value,
}

impl Setting {
    /// A variable of the environment; `None` when it is none of ours.
    pub(crate) fn from_variable(name: &str, text: &str) -> Option<Self> {
        let path = name.strip_prefix(PREFIX)?;
        if NOT_CONFIG.contains(&name) {
            return None;
        }
        let key = path.to_lowercase().replace(LEVEL, ".");
        let value = typed(&key, text);
        Some(Self {
            origin: format!("environment variable {name}"),
            key,
            value,
        })
    }

    /// A flag of the command line.
    pub(crate) fn from_flag(flag: &str, key: &str, text: String) -> Self {
        Self {
            origin: format!("flag --{flag}"),
            key: key.to_owned(),
            value: Value::from(text),
        }
    }
}

impl Provider for Setting {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let nested = figment::util::nest(&self.key, self.value.clone());
        let dict = nested.into_dict().unwrap_or_default();
        Ok(Profile::Default.collect(dict))
    }
}

/// The text of a variable as the kind of value it looks like.
fn typed(key: &str, text: &str) -> Value {
    if TEXT_KEYS.contains(&key) || TEXT_SECTIONS.iter().any(|section| key.starts_with(section)) {
        return Value::from(text);
    }
    if LIST_KEYS.contains(&key) {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        return Value::from(parts.map(Value::from).collect::<Vec<_>>());
    }
    if let Ok(number) = text.parse::<i64>() {
        Value::from(number)
    } else if let Ok(flag) = text.parse::<bool>() {
        Value::from(flag)
    } else if let Some(number) = decimal(text) {
        Value::from(number)
    } else {
        Value::from(text)
    }
}

/// Digits with a point among them; nothing else that Rust would read as a number.
fn decimal(text: &str) -> Option<f64> {
    let is_plain = text.bytes().all(|letter| letter.is_ascii_digit() || letter == b'.');
    text.parse().ok().filter(|_| is_plain)
}
