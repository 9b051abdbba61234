//! How a subcommand ends: an exit code that scripts rely on, and one line on standard error.
//!
//! The codes are part of the fixed surface: 0 done, 1 failed, 2 wrong usage, 3 refused by the
//! server, 4 server not reached.

use std::fmt;
use std::io::Write as _;
use std::process::ExitCode;

use crate::config::ConfigError;

/// The exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// What was asked is done.
    Done,
    /// Something here is wrong: a file, the configuration, the store.
    Failed,
    /// The command line cannot be understood.
    Usage,
    /// The server answered with an error.
    Refused,
    /// No server answered.
    Unreached,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Refused => 3,
            Exit::Unreached => 4,
        })
    }
}

/// Why a subcommand did not do its work.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    /// One line; `None` when all has been said already.
    line: Option<String>,
}

impl Failure {
    /// The server refused: its stable code first, for scripts.
    pub(crate) fn refused(code: impl fmt::Display, message: impl fmt::Display) -> Self {
        Self::new(Exit::Refused, format!("{code}: {message}"))
    }

    /// No server answered there.
    pub(crate) fn unreached(addr: impl fmt::Display, why: impl fmt::Display) -> Self {
        Self::new(Exit::Unreached, format!("no server reached at {addr}: {why}"))
    }

    /// The command line is well formed and asks for something that cannot be.
    pub(crate) fn usage(why: impl fmt::Display) -> Self {
        Self::new(Exit::Usage, why)
    }

    /// Something here is wrong.
    pub(crate) fn failed(why: impl fmt::Display) -> Self {
        Self::new(Exit::Failed, why)
    }

    /// The output already says what is wrong.
    pub(crate) fn told() -> Self {
        Self {
            exit: Exit::Failed,
            line: None,
        }
    }

    /// Whether the server said no.
    pub(crate) fn is_refusal(&self) -> bool {
        self.exit == Exit::Refused
    }

    /// What it says.
    pub(crate) fn line(&self) -> &str {
        self.line.as_deref().unwrap_or_default()
    }

    /// The same failure, when the screen shows its line already.
    pub(crate) fn said(self) -> Self {
        Self { line: None, ..self }
    }

    fn new(exit: Exit, why: impl fmt::Display) -> Self {
        let why = why.to_string();
        let lines: Vec<&str> = why.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        Self {
            exit,
            line: Some(lines.join(" ")),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::failed(error)
    }
}

/// Says the failure in one line and gives its exit code.
pub(crate) fn report(failure: &Failure) -> ExitCode {
    if let Some(line) = &failure.line {
        // When standard error is gone, the exit code is all that is left to say.
        drop(writeln!(std::io::stderr(), "motorpool: {line}"));
    }
    failure.exit.into()
}

/// clap explains in paragraphs; the first one says what is wrong.
pub(crate) fn usage(error: &clap::Error) -> Failure {
    let text = error.to_string();
    let paragraph: Vec<&str> = text
        .lines()
        .map(str::trim)
        .take_while(|line| !line.is_empty())
        .collect();
    let what = paragraph.join(" ");
    let what = what.strip_prefix("error: ").unwrap_or(&what);
    Failure::new(Exit::Usage, format!("{what}; --help shows the usage"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line_whatever_its_cause_says() {
        let failure = Failure::failed("first\n\n  second\n");
        assert_eq!(failure.line.as_deref(), Some("first second"));
    }

    #[test]
    fn a_refusal_begins_with_the_code_of_the_server() {
        let failure = Failure::refused("conflict", "taken until noon");
        assert_eq!(failure.exit, Exit::Refused);
        assert_eq!(failure.line.as_deref(), Some("conflict: taken until noon"));
    }

    #[test]
    fn wrong_usage_names_the_argument_in_one_line() {
        let command = clap::Command::new("motorpool").arg(clap::arg!(--listen <ADDR>).required(true));
        let error = command
            .clone()
            .try_get_matches_from(["motorpool", "--lisen"])
            .unwrap_err();
        let failure = usage(&error);
        assert_eq!(failure.exit, Exit::Usage);
        let line = failure.line.unwrap();
        assert_eq!(line, "unexpected argument '--lisen' found; --help shows the usage");
        let error = command.try_get_matches_from(["motorpool"]).unwrap_err();
        let line = usage(&error).line.unwrap();
        assert!(line.contains("--listen <ADDR>"), "{line}");
    }
}
