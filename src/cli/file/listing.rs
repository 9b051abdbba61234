//! `motorpool file ls|rm`: which files there are, and the end of some.

use std::io::Write as _;

use clap::Args;

use super::WhoseFlags;
use crate::cli::remote::{Remote, runtime};
use crate::cli::tool::say;
use crate::cli::{Failure, show};
use crate::client::{Client, ClientError, named};
use crate::wire::{Args as Arguments, ClientKind, Value, json};

/// Pages that are asked for; a longer list is cut, and said to be.
const PAGES_MAX: usize = 200;

/// Flags of `motorpool file ls`.
#[derive(Debug, Args)]
pub(crate) struct Ls {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    whose: WhoseFlags,
    /// Only of this name: its versions.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// What was sent to you, instead of what is here.
    #[arg(long)]
    offers: bool,
    /// One JSON document instead of a table.
    #[arg(long)]
    json: bool,
}

/// Flags of `motorpool file rm`.
#[derive(Debug, Args)]
pub(crate) struct Rm {
    #[command(flatten)]
    remote: Remote,
    /// Numbers of files.
    #[arg(value_name = "FILES", required = true)]
    files: Vec<i64>,
}

impl Ls {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let options = self.remote.options(ClientKind::Client)?;
        let listed = runtime()?.block_on(async {
            let (client, _) = Client::connect(self.remote.addr.as_str(), options).await?;
            let listed = self.pages(&client).await;
            client.bye().await;
            listed
        });
        let listed = Value::Array(listed.map_err(|error| self.remote.failure(&error))?);
        let text = if self.json {
            json::to_json(&listed).to_string()
        } else {
            show::render(&listed)
        };
        writeln!(std::io::stdout(), "{text}").map_err(|error| Failure::failed(format!("cannot write: {error}")))
    }

    async fn pages(&self, client: &Client) -> Result<Vec<Value>, ClientError> {
        let (command, key) = if self.offers {
            ("s.fileoffers", "offer")
        } else {
            ("s.files", "file")
        };
        let mut all = Vec::new();
        for _ in 0..PAGES_MAX {
            let mut arguments = if self.offers {
                Vec::new()
            } else {
                self.whose.arguments()
            };
            if let Some(name) = self.name.as_deref().filter(|_| !self.offers) {
                arguments.push(("name".to_owned(), Value::from(name)));
            }
            if let Some(last) = all.last().and_then(|row| number_of(row, key)) {
                arguments.push(("before".to_owned(), Value::from(last)));
            }
            let page: Vec<Value> = client.call_as(command, Arguments::Name(arguments)).await?;
            if page.is_empty() {
                break;
            }
            all.extend(page);
        }
        Ok(all)
    }
}

fn number_of(row: &Value, key: &str) -> Option<i64> {
    let (_, number) = row.as_map()?.iter().find(|(name, _)| name.as_text() == Some(key))?;
    number.as_integer().and_then(|number| i64::try_from(number).ok())
}

impl Rm {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let options = self.remote.options(ClientKind::Client)?;
        let removed = runtime()?.block_on(async {
            let (client, _) = Client::connect(self.remote.addr.as_str(), options).await?;
            let mut removed = Vec::new();
            for file in &self.files {
                client
                    .call("s.removefile", named([("file", Value::from(*file))]))
                    .await?;
                removed.push(*file);
            }
            client.bye().await;
            Ok(removed)
        });
        for file in removed.map_err(|error: ClientError| self.remote.failure(&error))? {
            say(format!("removed {file}"))?;
        }
        Ok(())
    }
}
