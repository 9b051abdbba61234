//! What completion asks the server for: parameters of commands, and names of clients, cars and the like.
//!
//! Asked when it is needed, kept for seconds, bounded. The line editor waits a moment at most; what comes later is
//! there at the next key.

use std::collections::HashMap;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::runtime::Handle;

use super::Shared;
use super::complete::{Parameter, Source, Word};
use crate::client::{ClientError, Reconnecting, named};
use crate::wire::{Args, Value};

/// Longest that the line editor waits.
const WAIT_MAX: Duration = Duration::from_millis(250);
/// How long names count as known.
const NAMES_FRESH: Duration = Duration::from_secs(5);
/// How long the parameters of a command do.
const PARAMETERS_FRESH: Duration = Duration::from_secs(60);
/// Most names kept of one kind; the rest is not offered.
const NAMES_MAX: usize = 1_000;
/// Most lists kept; all are forgotten when there are more.
const LISTS_MAX: usize = 128;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Parameters(String),
    Words(Source),
}

#[derive(Debug, Clone)]
enum Told {
    Parameters(Arc<[Parameter]>),
    Words(Arc<[Word]>),
}

#[derive(Debug)]
struct Kept {
    told: Option<Told>,
    asked: Instant,
}

/// The cache and the way to the server.
#[derive(Clone)]
pub(super) struct Knowledge {
    link: Reconnecting,
    runtime: Handle,
    shared: Shared,
    kept: Arc<Mutex<HashMap<Key, Kept>>>,
}

impl Knowledge {
    pub(super) fn new(link: &Reconnecting, runtime: &Handle, shared: &Shared) -> Self {
        Self {
            link: link.clone(),
            runtime: runtime.clone(),
            shared: shared.clone(),
            kept: Arc::default(),
        }
    }

    /// The parameters of a command; none while they are not known.
    pub(super) fn parameters(&self, command: &str) -> Arc<[Parameter]> {
        match self.told(Key::Parameters(command.to_owned())) {
            Some(Told::Parameters(parameters)) => parameters,
            _ => Arc::default(),
        }
    }

    /// The names of one kind; none while they are not known or when the caller may not list them.
    pub(super) fn words(&self, source: Source) -> Arc<[Word]> {
        if source == Source::Commands {
            let standing = self.shared.lock();
            let words = standing.commands.iter().map(|known| Word {
                word: known.name().to_owned(),
                about: known.about.clone(),
            });
            return words.collect();
        }
        match self.told(Key::Words(source)) {
            Some(Told::Words(words)) => words,
            _ => Arc::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn told(&self, key: Key) -> Option<Told> {
        let command = match &key {
            Key::Parameters(command) => command.as_str(),
            Key::Words(source) => lister(*source),
        };
        let is_known = self.shared.lock().commands.iter().any(|known| known.name() == command);
        if !is_known {
            return None;
        }
        if self.is_due(&key) {
            let (sender, answered) = sync_channel(1);
            drop(self.runtime.spawn(self.clone().ask(key.clone(), sender)));
            // Late answers are found at the next key.
            answered.recv_timeout(WAIT_MAX).ok();
        }
        self.lock().get(&key)?.told.clone()
    }

    /// Whether it is to be asked now; from then on it counts as asked.
    fn is_due(&self, key: &Key) -> bool {
        let fresh = match key {
            Key::Parameters(_) => PARAMETERS_FRESH,
            Key::Words(_) => NAMES_FRESH,
        };
        let mut kept = self.lock();
        if kept.get(key).is_some_and(|kept| kept.asked.elapsed() < fresh) {
            return false;
        }
        if kept.len() >= LISTS_MAX {
            kept.clear();
        }
        let told = kept.remove(key).and_then(|kept| kept.told);
        kept.insert(
            key.clone(),
            Kept {
                told,
                asked: Instant::now(),
            },
        );
        true
    }

    async fn ask(self, key: Key, answered: SyncSender<()>) {
        let told = match &key {
            Key::Parameters(command) => self.ask_parameters(command).await.map(Told::Parameters),
            Key::Words(source) => self.ask_words(*source).await.map(Told::Words),
        };
        // Without an answer what was known before stays.
        if let Ok(told) = told
            && let Some(kept) = self.lock().get_mut(&key)
        {
            kept.told = Some(told);
        }
        // The editor may have stopped waiting.
        answered.try_send(()).ok();
    }

    async fn ask_parameters(&self, command: &str) -> Result<Arc<[Parameter]>, ClientError> {
        let client = self.link.client(Duration::ZERO).await?;
        let args = named([("topic", Value::from(command))]);
        let told: Vec<Explained> = client.call_as("s.help", args).await?;
        let parameters = told.into_iter().flat_map(|explained| explained.parameters);
        Ok(parameters.map(Parameter::from).collect())
    }

    async fn ask_words(&self, source: Source) -> Result<Arc<[Word]>, ClientError> {
        let client = self.link.client(Duration::ZERO).await?;
        let args = match source {
            Source::Requestables => named([("topic", Value::from("requestables"))]),
            _ => Args::default(),
        };
        let listed = client.call(lister(source), args).await?;
        Ok(words(source, &listed))
    }
}

#[derive(Deserialize)]
struct Explained {
    #[serde(default)]
    parameters: Vec<Declared>,
}

/// A parameter as `s.help` tells it.
#[derive(Deserialize)]
struct Declared {
    name: String,
    #[serde(default)]
    about: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    repeatable: bool,
    #[serde(default)]
    types: Vec<String>,
}

impl From<Declared> for Parameter {
    fn from(told: Declared) -> Self {
        Self {
            name: told.name,
            about: told.about,
            is_required: told.required,
            is_repeatable: told.repeatable,
            types: told.types,
        }
    }
}

/// The command that lists the names of a kind.
fn lister(source: Source) -> &'static str {
    match source {
        Source::Bookings => "s.bookings",
        Source::Cars => "s.cars",
        Source::Clients => "s.clients",
        Source::Commands | Source::Requestables => "s.help",
        Source::Datasocks => "s.listsocks",
        Source::Groups => "s.groups",
        Source::Jobs => "s.jobs",
        Source::Repairs => "s.repairs",
        Source::Services => "s.services_info",
        Source::Users => "s.users",
    }
}

/// The fields that name a thing of this kind, and those that tell it from others.
fn fields(source: Source) -> (&'static str, &'static [&'static str]) {
    match source {
        Source::Bookings => ("booking", &["car", "user", "state", "start"]),
        Source::Cars => ("car", &["make", "model", "plate"]),
        Source::Clients => ("name", &["kind", "address"]),
        Source::Commands | Source::Requestables => ("command", &["about"]),
        Source::Datasocks => ("name", &["receiver", "address"]),
        Source::Groups => ("group", &["inherits"]),
        Source::Jobs => ("job", &["command", "client"]),
        Source::Repairs => ("repair", &["state", "fault"]),
        Source::Services => ("name", &["state"]),
        Source::Users => ("user", &["first_name", "last_name", "role"]),
    }
}

fn words(source: Source, listed: &Value) -> Arc<[Word]> {
    let (name, tells) = fields(source);
    let rows = listed.as_array().map(Vec::as_slice).unwrap_or_default();
    let words = rows.iter().filter_map(|row| {
        let row = row.as_map()?;
        let field = |name: &str| {
            let (_, value) = row.iter().find(|(key, _)| key.as_text() == Some(name))?;
            match value {
                Value::Text(text) => Some(text.clone()),
                Value::Integer(number) => Some(i128::from(*number).to_string()),
                _ => None,
            }
        };
        let word = field(name)?;
        let about: Vec<String> = tells.iter().filter_map(|tell| field(tell)).collect();
        Some(Word {
            word: word.split('(').next().unwrap_or_default().to_owned(),
            about: about.join(" "),
        })
    });
    words.filter(|word| !word.word.is_empty()).take(NAMES_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: serde_json::Value) -> Value {
        crate::wire::json::from_json(&json)
    }

    #[test]
    fn names_are_read_with_what_tells_them_apart() {
        let listed = value(serde_json::json!([
            {"booking": 7, "car": "ada", "user": "anna", "state": "active"},
            {"car": "no number"},
            "no map",
        ]));
        let words = words(Source::Bookings, &listed);
        let read: Vec<(&str, &str)> = words
            .iter()
            .map(|word| (word.word.as_str(), word.about.as_str()))
            .collect();
        assert_eq!(read, [("7", "ada anna active")]);
        assert!(super::words(Source::Cars, &Value::Null).is_empty());
    }

    #[test]
    fn no_more_names_are_kept_than_the_most() {
        let listed = |count: usize| value(serde_json::json!(vec![serde_json::json!({"car": "ada"}); count]));
        assert_eq!(words(Source::Cars, &listed(NAMES_MAX)).len(), NAMES_MAX);
        assert_eq!(words(Source::Cars, &listed(NAMES_MAX + 1)).len(), NAMES_MAX);
    }
}
