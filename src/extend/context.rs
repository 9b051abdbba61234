//! What the work of an added command sees: who calls, the time, and the way to the clients. Never the house itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::command::Caller;
use crate::command::builtin::is_a_cars;
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::requestable::ask::{self, Reached};
use crate::wire::{self, Args, ErrorCode, Frame, Text, Value};

/// Longest text that is said to a client, in bytes.
pub(crate) const SAID_BYTES_MAX: usize = 8_192;

/// One call of an added command, or one request for an added requestable; cheap to clone.
///
/// Everything here is of this moment: a right that is taken away is gone at the next look.
#[derive(Clone)]
pub struct Context {
    caller: Option<Caller>,
    what: &'static str,
    house: House,
    given_up: Arc<AtomicBool>,
}

impl Context {
    pub(crate) fn of_call(caller: Caller, house: House) -> Self {
        let what = caller.command;
        Self {
            caller: Some(caller),
            what,
            house,
            given_up: Arc::default(),
        }
    }

    pub(super) fn of_service(what: &'static str, house: House) -> Self {
        Self {
            caller: None,
            what,
            house,
            given_up: Arc::default(),
        }
    }

    pub(super) fn given_up(&self) -> &Arc<AtomicBool> {
        &self.given_up
    }

    /// What runs: `s.greet`, `ANSWER`, `clock`.
    #[must_use]
    pub fn what(&self) -> &str {
        self.what
    }

    /// The present name of the client that calls; empty in a service.
    #[must_use]
    pub fn name(&self) -> String {
        let name = self.caller.as_ref().map(|caller| caller.standing.name());
        name.map_or_else(String::new, |name| name.as_str().to_owned())
    }

    /// The id of the client that calls, which never changes; empty in a service.
    #[must_use]
    pub fn client_id(&self) -> &str {
        self.caller.as_ref().map_or("", |caller| &caller.standing.client_id)
    }

    /// The user name it signed in with; `None` for guests, devices and services.
    #[must_use]
    pub fn username(&self) -> Option<&str> {
        self.caller.as_ref()?.standing.username.as_deref()
    }

    /// What it holds, from least to most: `["user", "customer"]`. Nothing in a service.
    #[must_use]
    pub fn permissions(&self) -> Vec<String> {
        let held = self.caller.as_ref().map(|caller| caller.standing.permissions().names());
        held.unwrap_or_default()
    }

    /// Whether it holds the permission of that group; false for a group there is not, and in a service.
    #[must_use]
    pub fn may(&self, group: &str) -> bool {
        let permission = Permission::named(group);
        permission.is_some_and(|permission| self.caller.as_ref().is_some_and(|caller| caller.may(permission)))
    }

    /// The server's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.house.clock.now()
    }

    /// Whether nobody waits for the answer any more: work that takes long looks now and then, and ends.
    #[must_use]
    pub fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::Acquire)
    }

    /// Says a text to the client of that name or id.
    ///
    /// # Errors
    /// `not_found` when it is not connected, `unavailable` when it just went, `too_large` over 8,192 bytes.
    pub async fn say(&self, client: &str, text: impl Into<String>) -> Result<(), Error> {
        let body = text.into();
        if body.len() > SAID_BYTES_MAX {
            let message = format!("the text has {} bytes, at most {SAID_BYTES_MAX} are said", body.len());
            return Err(Error::new(ErrorCode::TooLarge, message));
        }
        let client = ask::reach(&self.house, client).await?;
        let text = Text {
            body,
            from: Some(self.house.config.server.name.clone()),
            id: None,
        };
        client
            .peer
            .push(&Frame::Text(text))
            .map_err(|err| Error::new(ErrorCode::Unavailable, err.to_string()))
    }

    /// Runs a command that a client offers, and gives its answer. Arguments are a list, a map or nothing.
    ///
    /// # Errors
    /// `not_found`, `unknown_command` when it offers no such command, `forbidden` for the commands of cars,
    /// `timeout`, `unavailable`, or the client's own error.
    pub async fn call_client(
        &self,
        client: &str,
        command: &str,
        args: &(impl Serialize + Sync),
        within: Duration,
    ) -> Result<Value, Error> {
        if is_a_cars(command) {
            let message = "the commands of cars are given by bookings and repairs only";
            return Err(Error::new(ErrorCode::Forbidden, message));
        }
        let (args, within) = (passed(args)?, self.patience(within)?);
        let client = ask::reach(&self.house, client).await?;
        offers(&client, ErrorCode::UnknownCommand, "command", command, &client.commands)?;
        let (command, deadline_ms) = (command.to_owned(), u64::try_from(within.as_millis()).ok());
        let call = |id| {
            Frame::Call(wire::Call {
                id,
                command,
                args,
                deadline_ms,
            })
        };
        ask::ask(&self.house, &client, within, call).await
    }

    /// Asks a client for something it tells. Arguments are a list, a map or nothing.
    ///
    /// # Errors
    /// `not_found`, `unknown_requestable` when it tells no such thing, `timeout`, `unavailable`, or the client's own.
    pub async fn request(
        &self,
        client: &str,
        name: &str,
        args: &(impl Serialize + Sync),
        within: Duration,
    ) -> Result<Value, Error> {
        let (args, within) = (passed(args)?, self.patience(within)?);
        let client = ask::reach(&self.house, client).await?;
        let offered = &client.requestables;
        offers(&client, ErrorCode::UnknownRequestable, "requestable", name, offered)?;
        let name = name.to_owned();
        let request = |id| Frame::Request(wire::Request { id, name, args });
        ask::ask(&self.house, &client, within, request).await
    }

    fn patience(&self, within: Duration) -> Result<Duration, Error> {
        ask::patience(&self.house, u64::try_from(within.as_millis()).ok())
    }
}

fn offers(client: &Reached, code: ErrorCode, what: &str, name: &str, offered: &[String]) -> Result<(), Error> {
    if offered.iter().any(|one| one == name) {
        return Ok(());
    }
    Err(ask::not_offered(code, what, client, name, offered))
}

fn passed(args: &impl Serialize) -> Result<Args, Error> {
    let value = Value::serialized(args).map_err(|err| Error::new(ErrorCode::BadArguments, err.to_string()))?;
    let args = match value {
        Value::Null => Ok(Args::default()),
        value => value.deserialized::<Args>(),
    };
    args.map_err(|_| {
        Error::new(
            ErrorCode::BadArguments,
            "got arguments that are neither a list nor a map by name",
        )
    })
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("what", &self.what)
            .field("client_id", &self.client_id())
            .finish_non_exhaustive()
    }
}
