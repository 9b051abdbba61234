//! What the server may call on a console: its name, what completion knows, and its end.
//!
//! Nothing else: a console never connects elsewhere because somebody far away says so, as it would say its password
//! there.

use super::Shared;
use super::knowledge::Knowledge;
use crate::cli::show;
use crate::wire::{Args, ErrorCode, Value, WireError};

/// What a console offers.
pub(super) const COMMANDS: [&str; 3] = ["changename", "updateserverdata", "disconnect"];

/// What is done about a call.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Called {
    /// It has another name from now on.
    Renamed(String),
    /// What is known of the server is old.
    Forget,
    /// It leaves.
    Leave,
}

/// Reads a call.
pub(super) fn understand(command: &str, args: &Args) -> Result<Called, WireError> {
    match command {
        "changename" => {
            let name = first(args, "name").and_then(Value::as_text).map(show::plain);
            let name = name.filter(|name| !name.trim().is_empty());
            name.map(Called::Renamed)
                .ok_or_else(|| refusal(ErrorCode::BadArguments, "wanted name: a text that is not empty"))
        }
        "updateserverdata" => Ok(Called::Forget),
        "disconnect" => Ok(Called::Leave),
        other => Err(refusal(
            ErrorCode::UnknownCommand,
            &format!("got `{}`, a console has {}", show::plain(other), COMMANDS.join(", ")),
        )),
    }
}

impl Called {
    /// Does it, as far as it is about what is known.
    pub(super) fn apply(&self, shared: &Shared, knowledge: &Knowledge) {
        match self {
            Self::Renamed(name) => shared.lock().name.clone_from(name),
            Self::Forget => knowledge.forget(),
            Self::Leave => {}
        }
    }

    pub(super) fn said(&self) -> String {
        match self {
            Self::Renamed(name) => format!("your name is {name} now"),
            Self::Forget => "the server has changed what it offers".to_owned(),
            Self::Leave => "the server asked this console to leave".to_owned(),
        }
    }
}

fn first<'a>(args: &'a Args, name: &str) -> Option<&'a Value> {
    match args {
        Args::Position(values) => values.first(),
        Args::Name(named) => named.iter().find(|(key, _)| key == name).map(|(_, value)| value),
    }
}

fn refusal(code: ErrorCode, message: &str) -> WireError {
    WireError {
        code,
        message: message.to_owned(),
        detail: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_may_rename_refresh_and_end_and_nothing_else() {
        let name = |name: &str| Args::Position(vec![Value::from(name)]);
        assert_eq!(
            understand("changename", &name("an\u{1b}na")),
            Ok(Called::Renamed("anna".to_owned()))
        );
        assert_eq!(understand("updateserverdata", &name("x")), Ok(Called::Forget));
        assert_eq!(understand("disconnect", &Args::default()), Ok(Called::Leave));
        let code = |command: &str, args: &Args| understand(command, args).unwrap_err().code;
        assert_eq!(code("changename", &Args::default()), ErrorCode::BadArguments);
        assert_eq!(code("changename", &name(" ")), ErrorCode::BadArguments);
        assert_eq!(code("connect", &name("127.0.0.1")), ErrorCode::UnknownCommand);
    }
}
