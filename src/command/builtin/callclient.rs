//! `s.callclient(client, command, args?, deadline_ms?)`: has a connected client run a command of its own.
//!
//! Never one of a car's: those belong to bookings, repairs and `s.operatecar`, whoever asks.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::CarCommand;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::requestable::ask::{self, PassedAnswer, PassedArgs, Reached};
use crate::wire::{self, ErrorCode, Frame, Value};

/// Calls a command that a connected client offers, and answers what it answered. The commands of cars
/// (unlock, lock, immobilise, honk) are refused for everybody.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CallClient {
    /// The client, by name or id.
    client: String,
    /// The command as the client calls it.
    command: String,
    /// Arguments for the client, an array or a map.
    args: Option<PassedArgs>,
    /// How long the client may take, in milliseconds.
    deadline_ms: Option<u64>,
}

/// Whether a command is a car's, however it is written.
pub(crate) fn is_a_cars(command: &str) -> bool {
    let command = command.trim();
    CarCommand::ALL
        .iter()
        .any(|cars| cars.as_str().eq_ignore_ascii_case(command))
}

impl Command for CallClient {
    const NAME: &'static str = "s.callclient";
    const CATEGORY: Category = Category::Users;
    const NEEDS: Permission = Permission::Manager;
    const CHANGES: bool = true;
    const ENDS_BY_ITSELF: bool = true;
    type Reply = PassedAnswer;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        if is_a_cars(&self.command) {
            let message = "a car is told by a booking (s.unlock, s.lock), a repair (s.engineersignin) or s.operatecar, never by s.callclient";
            return Err(Error::new(ErrorCode::Forbidden, message));
        }
        let within = ask::patience(house, self.deadline_ms)?;
        let client = ask::reach(house, &self.client).await?;
        let offered = &client.commands;
        if !offered.contains(&self.command) {
            let code = ErrorCode::UnknownCommand;
            return Err(ask::not_offered(code, "command", &client, &self.command, offered));
        }
        let args = self.args.unwrap_or_default().0;
        let command = self.command.clone();
        let deadline_ms = u64::try_from(within.as_millis()).ok();
        let frame = |id| {
            Frame::Call(wire::Call {
                id,
                command,
                args,
                deadline_ms,
            })
        };
        let answered = ask::ask(house, &client, within, frame).await;
        record(caller, house, &client, self.command, &answered).await?;
        answered.map(PassedAnswer)
    }
}

/// Keeps that it was called and what came of it, for the audit log, and a good answer for a retry.
async fn record(
    caller: &Caller,
    house: &House,
    client: &Reached,
    command: String,
    answered: &Result<Value, Error>,
) -> Result<(), Error> {
    let change = caller.change(house.clock.now());
    let on_what = client.standing.who();
    let (result, answer) = match answered {
        Ok(value) => ("done", kept(Ok(value))),
        Err(err) => (err.code().as_str(), None),
    };
    house
        .store
        .write(move |conn| change.record(conn, &on_what, result, Some(command), answer.as_deref()))
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_of_cars_are_known_however_they_are_written() {
        for command in ["unlock", "lock", "immobilise", "honk", " Unlock ", "HONK"] {
            assert!(is_a_cars(command), "{command}");
        }
        assert!(!is_a_cars("unlocked") && !is_a_cars(""));
    }
}
