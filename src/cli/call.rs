//! `motorpool call ADDR 's.info()'`: runs one call and shows its answer.
//!
//! Tables for people, one JSON document with `--json`. A refusal goes to standard error, its code first, and with
//! `--json` to standard output too, as `{"error": ...}`.

use std::io::Write as _;

use clap::Args;

use super::remote::{Remote, runtime};
use super::{Failure, show};
use crate::client::{Client, ClientError};
use crate::wire::{ClientKind, Value, json};

/// Flags of `motorpool call`.
#[derive(Debug, Args)]
pub(crate) struct Call {
    #[command(flatten)]
    remote: Remote,
    /// The call: 's.name(argument, name=argument)'.
    #[arg(value_name = "CALL")]
    call: String,
    /// One JSON document instead of tables.
    #[arg(long)]
    json: bool,
}

impl Call {
    pub(crate) fn run(self) -> Result<(), Failure> {
        if !looks_like_call(&self.call) {
            return Err(Failure::usage(format!(
                "got `{}`, wanted a call such as 's.info()'",
                show::plain(&self.call)
            )));
        }
        let mut options = self.remote.options(ClientKind::Client)?;
        options.incoming_max = 0;
        let outcome = runtime()?.block_on(async {
            let (client, _) = Client::connect(self.remote.addr.as_str(), options).await?;
            let answer = client.text_call(&self.call).await;
            client.bye().await;
            answer
        });
        match outcome {
            Ok(value) => self.print(&value),
            Err(error) => {
                if let (true, ClientError::Refused(refusal)) = (self.json, &error) {
                    let refusal = Value::serialized(refusal).unwrap_or(Value::Null);
                    self.print(&Value::Map(vec![(Value::from("error"), refusal)]))?;
                }
                Err(self.remote.failure(&error))
            }
        }
    }

    fn print(&self, value: &Value) -> Result<(), Failure> {
        let text = if self.json {
            json::to_json(value).to_string()
        } else {
            show::render(value)
        };
        writeln!(std::io::stdout(), "{text}")
            .map_err(|error| Failure::failed(format!("cannot write the answer: {error}")))
    }
}

/// Whether a text is a call; other text would go to the operators.
pub(crate) fn looks_like_call(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("s.") && text.ends_with(')') && text.contains('(')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_calls_are_calls() {
        assert!(looks_like_call(" s.info() "));
        assert!(looks_like_call("s.book(ada, 1)"));
        for talk in ["", "s.info", "hello (you)", "info()"] {
            assert!(!looks_like_call(talk), "{talk}");
        }
    }
}
