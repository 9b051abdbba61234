//! One line of a console: what it means, and its outcome on the screen.
//!
//! The same for people and pipes, but for colour.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use nu_ansi_term::Color;

use super::help;
use crate::cli::call::looks_like_call;
use crate::cli::{Failure, show};
use crate::client::{ClientError, Reconnecting};

/// How long a line waits for a cut connection to come again.
const RECONNECT_WAIT_MAX: Duration = Duration::from_secs(5);

/// What became of a line.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    /// It was done.
    Done,
    /// It was not, and that has been said.
    Refused(ClientError),
}

/// What a line means.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Line<'a> {
    Nothing,
    Exit,
    Help(Option<&'a str>),
    /// A call, or text for the operators.
    Say(&'a str),
    /// The name of a command without its brackets: a slip, and nothing for the operators to read.
    Unfinished(&'a str),
}

fn understand(line: &str) -> Line<'_> {
    let line = line.trim();
    match line.split_once(char::is_whitespace) {
        None if line.is_empty() => Line::Nothing,
        None if matches!(line, "exit" | "quit") => Line::Exit,
        None if matches!(line, "help" | "?") => Line::Help(None),
        Some(("help" | "?", of)) if !of.trim().contains(char::is_whitespace) => Line::Help(Some(of.trim())),
        _ if line.starts_with("s.") && !looks_like_call(line) => Line::Unfinished(line),
        _ => Line::Say(line),
    }
}

/// Runs a line and shows its outcome; `None`: it asked to leave.
pub(super) async fn line(link: &Reconnecting, line: &str) -> Result<Option<Outcome>, Failure> {
    let shown = match understand(line) {
        Line::Exit => return Ok(None),
        Line::Nothing => return Ok(Some(Outcome::Done)),
        Line::Help(of) => answer(link, Asked::Help(of)).await,
        Line::Say(body) => answer(link, Asked::Text(body)).await,
        Line::Unfinished(line) => {
            warn(&format!("a call needs its brackets: {}(...)", show::plain(line)))?;
            return Ok(Some(Outcome::Done));
        }
    };
    match shown {
        Ok(text) => {
            say(&text, None)?;
            Ok(Some(Outcome::Done))
        }
        Err(error) => {
            say(&show::plain(&error.to_string()), Some(Color::Red))?;
            Ok(Some(Outcome::Refused(error)))
        }
    }
}

enum Asked<'a> {
    Text(&'a str),
    Help(Option<&'a str>),
}

async fn answer(link: &Reconnecting, asked: Asked<'_>) -> Result<String, ClientError> {
    let client = link.client(RECONNECT_WAIT_MAX).await?;
    match asked {
        Asked::Text(body) => Ok(show::render(&client.text_call(body).await?)),
        Asked::Help(None) => Ok(help::overview(&help::ask(&client).await?)),
        Asked::Help(Some(name)) => Ok(show::render(&help::explain(&client, name).await?)),
    }
}

/// Says why a line was not sent.
pub(super) fn warn(text: &str) -> Result<(), Failure> {
    say(text, Some(Color::Yellow))
}

/// Writes lines to standard output, coloured on a terminal.
fn say(text: &str, colour: Option<Color>) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    let written = match colour {
        Some(colour) if out.is_terminal() => writeln!(out, "{}", colour.paint(text)),
        _ => writeln!(out, "{text}"),
    };
    written.map_err(|error| Failure::failed(format!("cannot write to standard output: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_one_meaning() {
        for (line, meaning) in [
            ("  \n", Line::Nothing),
            ("exit", Line::Exit),
            (" quit ", Line::Exit),
            ("help", Line::Help(None)),
            ("help s.book", Line::Help(Some("s.book"))),
            ("help me with this", Line::Say("help me with this")),
            ("s.info()", Line::Say("s.info()")),
            ("hello there", Line::Say("hello there")),
            ("s.info", Line::Unfinished("s.info")),
        ] {
            assert_eq!(understand(line), meaning, "{line}");
        }
    }
}
