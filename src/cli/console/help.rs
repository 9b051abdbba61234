//! What a console knows of the server's commands: for completion, and for `help`.

use serde::Deserialize;

use crate::cli::{show, table};
use crate::client::{Client, ClientError, named};
use crate::wire::{Args, Value};

/// How the console itself is used.
const OWN: &str = "type a call such as s.info(), or any other text to tell it to the operators\n\
    help s.book explains a command, Tab completes, exit or Ctrl-D leaves\n\
    watch STATISTICS 1000 tells a requestable again and again, unwatch ends it, clear empties the screen\n\
    lines with secrets in them and lines that begin with a blank are not kept";

/// One command of the server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Known {
    /// `s.book(car, start, end)`, or the bare name before the server has been asked.
    #[serde(rename = "command")]
    pub(super) signature: String,
    #[serde(default)]
    pub(super) category: String,
    #[serde(default)]
    pub(super) about: String,
}

impl Known {
    pub(super) fn named(name: &str) -> Self {
        Self {
            signature: name.to_owned(),
            ..Self::default()
        }
    }

    pub(super) fn name(&self) -> &str {
        self.signature.split('(').next().unwrap_or_default()
    }
}

/// The commands that this client may call.
pub(super) async fn ask(client: &Client) -> Result<Vec<Known>, ClientError> {
    client.call_as("s.help", Args::default()).await
}

/// What the server says of one command.
pub(super) async fn explain(client: &Client, name: &str) -> Result<Value, ClientError> {
    let name = name.split('(').next().unwrap_or_default();
    let explained = client.call("s.help", named([("topic", Value::from(name))])).await?;
    // One command is better read as names and values than as a table of one row.
    match explained {
        Value::Array(mut one) if one.len() == 1 => Ok(one.pop().unwrap_or(Value::Null)),
        other => Ok(other),
    }
}

/// All commands and how the console is used.
pub(super) fn overview(commands: &[Known]) -> String {
    let rows = commands.iter().map(|known| {
        let about = known.about.lines().next().unwrap_or_default();
        [known.category.clone(), known.signature.clone(), about.to_owned()].map(|text| show::plain(&text))
    });
    format!(
        "{}\n\n{OWN}",
        show::lines(&table::table(["category", "command", "what it does"], rows))
    )
}
