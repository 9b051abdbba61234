//! What the server can be asked for, declared once like a command: a name, a permission, typed arguments.
//!
//! Owns the way from a request to its answer: it exists, the asker may, the arguments fit, the time is bounded,
//! the outcome is counted. A requestable only tells; whatever changes something is a command.

pub(crate) mod ask;
pub(crate) mod builtin;
pub(crate) mod table;

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::command::Caller;
use crate::command::arguments::Given;
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::{Permission, Permissions};
use crate::registry::recent::Outcome;
use crate::runtime::metrics::RequestMeters;
use crate::wire::{self, ErrorCode};
use table::Entry;

/// One thing the server tells when it is asked.
///
/// The doc comment of the struct is its help text, those of the fields explain the parameters.
pub(crate) trait Requestable: DeserializeOwned + JsonSchema + Send + 'static {
    /// As it is asked for: `CLIENTS`.
    const NAME: &'static str;
    /// What an asker must hold.
    const NEEDS: Permission;
    /// What the asker gets.
    type Reply: Serialize + JsonSchema + Send;

    /// Looks it up.
    fn run(self, caller: &Caller, house: &House) -> impl Future<Output = Result<Self::Reply, Error>> + Send;
}

/// How a request goes on.
pub(crate) enum Told {
    /// Answered already.
    Now(Outcome),
    /// Is looked up beside the socket; dropping it gives it up.
    Later(BoxFuture<'static, Outcome>),
}

/// Answers one request, or refuses it by name. `caller.command` is filled in here.
pub(crate) fn answer(house: &House, mut caller: Caller, name: &str, given: Given) -> Told {
    let permissions = caller.standing.permissions();
    let Some(entry) = house.requestables().find(name) else {
        RequestMeters::unknown();
        return Told::Now(Err(unknown(house, name, permissions)));
    };
    caller.command = entry.name;
    let bound = may_ask(&entry, permissions).and_then(|()| entry.bind(given));
    let bound = match bound {
        Ok(bound) => bound,
        Err(err) => {
            entry.meters.ended(err.code().as_str());
            return Told::Now(Err(err));
        }
    };
    let mut work = entry.run(bound, caller, house.clone());
    // Most of what is told is known at once and needs no task and no timer.
    if let Some(outcome) = (&mut work).now_or_never() {
        entry.ended(&outcome);
        return Told::Now(outcome);
    }
    let deadline = Duration::from_millis(house.config.limits.command_deadline_ms_default);
    Told::Later(Box::pin(async move {
        let outcome = tokio::time::timeout(deadline, work)
            .await
            .unwrap_or_else(|_| Err(late(entry.name, deadline)));
        entry.ended(&outcome);
        outcome
    }))
}

/// CBOR of the arguments as they are bound, or why somebody who may do so cannot subscribe to this with them.
pub(crate) fn subscribable(house: &House, caller: &Caller, name: &str, given: Given) -> Result<Vec<u8>, Error> {
    let permissions = caller.standing.permissions();
    let entry = house
        .requestables()
        .find(name)
        .ok_or_else(|| unknown(house, name, permissions))?;
    may_ask(&entry, permissions)?;
    let bound = entry.bind(given)?;
    entry.check(bound.clone(), caller.clone(), house.clone())?;
    wire::to_cbor(&bound).map_err(|err| Error::new(ErrorCode::BadArguments, err.to_string()))
}

fn late(name: &str, deadline: Duration) -> Error {
    let message = format!("{name} was not known within {} ms", deadline.as_millis());
    Error::new(ErrorCode::Timeout, message)
}

fn may_ask(entry: &Entry, permissions: Permissions) -> Result<(), Error> {
    if permissions.contains(entry.needs) {
        return Ok(());
    }
    let has = match permissions.names().join(", ") {
        has if has.is_empty() => "none".to_owned(),
        has => has,
    };
    let message = format!("{} needs the permission `{}`, you have: {has}", entry.name, entry.needs);
    Err(Error::new(ErrorCode::Forbidden, message))
}

fn unknown(house: &House, name: &str, permissions: Permissions) -> Error {
    let there = house.requestables().names_for(|needs| permissions.contains(needs));
    let message = format!("there is no requestable `{}`, {}", shown(name), listed(&there));
    Error::new(ErrorCode::UnknownRequestable, message)
}

/// Letters of a foreign name in a refusal.
const SHOWN_LETTERS_MAX: usize = 64;
/// Names listed in a refusal.
const LISTED_MAX: usize = 32;

/// A name from outside, fit to be read.
fn shown(name: &str) -> String {
    name.chars()
        .take(SHOWN_LETTERS_MAX)
        .flat_map(char::escape_debug)
        .collect()
}

/// What there is, fit to be read.
fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "there is none".to_owned();
    }
    let some: Vec<String> = names.iter().take(LISTED_MAX).map(|name| shown(name)).collect();
    let rest = names.len().saturating_sub(LISTED_MAX);
    let more = if rest == 0 {
        String::new()
    } else {
        format!(" and {rest} more")
    };
    format!("there are {}{more}", some.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_outside_are_cut_and_escaped_in_a_refusal() {
        assert_eq!(listed(&[]), "there is none");
        assert_eq!(listed(&["A".to_owned(), "B\n".to_owned()]), "there are A, B\\n");
        let full = vec!["N".to_owned(); LISTED_MAX];
        assert!(!listed(&full).contains("more"));
        let over = vec!["N".to_owned(); LISTED_MAX + 1];
        assert!(listed(&over).ends_with(" and 1 more"));
        assert_eq!(shown(&"x".repeat(SHOWN_LETTERS_MAX + 1)).len(), SHOWN_LETTERS_MAX);
    }
}
