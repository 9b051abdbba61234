//! `s.help(topic?...)`: what the caller may call, and how.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::others::shown;
use crate::command::arguments::Parameter;
use crate::command::table::Entry;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// What this program is, for people.
const PROJECT: &str = concat!(
    "motorpool ",
    env!("CARGO_PKG_VERSION"),
    ": one self-hosted server for a fleet of shared vehicles and the people and things around it"
);

/// Lists the commands you may call, or explains topics: names of commands with or without `s.`, `<category> commands`, `commands`, `requestables`, `server`, `project`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Help {
    /// What to explain; left out, every command in one line each.
    #[serde(default)]
    topic: Vec<String>,
}

/// One thing, explained.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Explained {
    /// A command, or something the server can be asked for.
    Callable {
        command: String,
        category: &'static str,
        needs: Permission,
        about: String,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        parameters: Vec<Parameter>,
    },
    /// Anything else.
    Text { topic: String, about: String },
}

impl Explained {
    fn of(entry: &Entry, parameters: Vec<Parameter>) -> Self {
        Self::Callable {
            command: entry.signature(),
            category: entry.category.as_str(),
            needs: entry.needs,
            about: entry.about.clone(),
            parameters,
        }
    }
}

impl Command for Help {
    const NAME: &'static str = "s.help";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Guest;
    type Reply = Vec<Explained>;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        if self.topic.is_empty() {
            return Ok(commands(caller, house, None));
        }
        let mut explained = Vec::new();
        for topic in &self.topic {
            explained.extend(explain(topic.trim(), caller, house)?);
        }
        Ok(explained)
    }
}

/// One topic; what one may not call is not explained either, so that the two cannot be told apart.
fn explain(topic: &str, caller: &Caller, house: &House) -> Result<Vec<Explained>, Error> {
    let text = |about: String| {
        let topic = topic.to_owned();
        Ok(vec![Explained::Text { topic, about }])
    };
    match topic {
        "project" => return text(PROJECT.to_owned()),
        "server" => {
            let server = &house.config.server;
            return text(format!("{}: {}", server.name, server.description));
        }
        "command" | "commands" | "servercommands" => return Ok(commands(caller, house, None)),
        "requestables" => return Ok(requestables(caller, house)),
        "*command_name*" => return text("stands for the name of a command, such as s.help(s.info)".to_owned()),
        _ => {}
    }
    if let Some(category) = topic.strip_suffix(" commands") {
        let found = commands(caller, house, Some(category.trim()));
        if found.is_empty() {
            let message = format!("No '{}' command category", shown(category));
            return Err(Error::new(ErrorCode::NotFound, message));
        }
        return Ok(found);
    }
    let bare = topic.split('(').next().unwrap_or_default();
    let name = if bare.starts_with("s.") {
        bare.to_owned()
    } else {
        format!("s.{bare}")
    };
    match house.table().find(&name) {
        Some(entry) if caller.may(entry.needs) => Ok(vec![Explained::of(entry, entry.parameters.clone())]),
        _ => {
            let message = format!("No servercommand '{}' that you may call", shown(&name));
            Err(Error::new(ErrorCode::NotFound, message))
        }
    }
}

fn commands(caller: &Caller, house: &House, category: Option<&str>) -> Vec<Explained> {
    let table = house.table();
    let entries = table.listed().into_iter();
    entries
        .filter(|entry| caller.may(entry.needs))
        .filter(|entry| category.is_none_or(|category| entry.category.as_str() == category))
        .map(|entry| Explained::of(entry, Vec::new()))
        .collect()
}

fn requestables(caller: &Caller, house: &House) -> Vec<Explained> {
    let table = house.requestables();
    let entries = table.listed().filter(|entry| caller.may(entry.needs));
    entries
        .map(|entry| Explained::Callable {
            command: entry.signature(),
            category: "requestable",
            needs: entry.needs,
            about: entry.about.clone(),
            parameters: Vec::new(),
        })
        .collect()
}
