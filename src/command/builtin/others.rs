//! What commands about other clients share: finding one, who may touch whom, telling them, recording it.
//!
//! No command of its own. An admin is touched by admins only, whatever is done to them.

use std::net::IpAddr;
use std::sync::Arc;

use crate::command::Caller;
use crate::command::dispatch::kept;
use crate::error::Error;
use crate::house::House;
use crate::registry::Standing;
use crate::registry::actor::Find;
use crate::registry::peer::Peer;
use crate::registry::permissions::{Permission, Permissions};
use crate::wire::{ErrorCode, Frame, Text};

/// Longest reason, in characters: it travels in one frame together with two names.
pub(crate) const REASON_LETTERS_MAX: usize = 120;

/// Clients or addresses that one call may name.
pub(crate) const NAMED_PER_CALL_MAX: usize = 64;

/// A connected client.
pub(crate) struct Other {
    /// What it is and may.
    pub(crate) standing: Arc<Standing>,
    /// How to reach it.
    pub(crate) peer: Peer,
}

/// A client by name or id, or `not_found`.
pub(crate) async fn find(house: &House, client: &str) -> Result<Other, Error> {
    let found = house.registry.ask(Find(client.to_owned())).await?;
    let (standing, peer) = found.ok_or_else(|| no_user(client))?;
    Ok(Other { standing, peer })
}

/// Several clients by name or id, each once; the first that is not connected is `not_found`.
pub(crate) async fn find_all(house: &House, clients: &[String]) -> Result<Vec<Other>, Error> {
    at_most(clients.len())?;
    let mut found: Vec<Other> = Vec::new();
    for client in clients {
        let other = find(house, client).await?;
        let is_new = found
            .iter()
            .all(|known| known.standing.client_id != other.standing.client_id);
        if is_new {
            found.push(other);
        }
    }
    Ok(found)
}

/// Whether one call may name so many.
pub(crate) fn at_most(got: usize) -> Result<(), Error> {
    if got <= NAMED_PER_CALL_MAX {
        return Ok(());
    }
    let message = format!("got {got} names, at most {NAMED_PER_CALL_MAX} in one call");
    Err(Error::new(ErrorCode::BadArguments, message))
}

/// Nobody of that name or id is connected.
pub(crate) fn no_user(client: &str) -> Error {
    Error::new(ErrorCode::NotFound, format!("no user '{}'", shown(client)))
}

/// What somebody gave, safe and short enough to be shown back.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(64).flat_map(char::escape_debug).collect()
}

/// An address, or what was given instead.
pub(crate) fn address(given: &str) -> Result<IpAddr, Error> {
    given.parse().map_err(|_| {
        let message = format!("address is '{}', wanted an IPv4 or IPv6 address", shown(given));
        Error::new(ErrorCode::BadArguments, message)
    })
}

/// Whether the caller may do something to this client.
pub(crate) fn may_touch(caller: &Caller, standing: &Standing) -> Result<(), Error> {
    if !standing.permissions().contains(Permission::Admin) || caller.may(Permission::Admin) {
        return Ok(());
    }
    let message = format!(
        "user '{}' is an admin: {} needs the permission `admin` for that",
        standing.name(),
        caller.command
    );
    Err(Error::new(ErrorCode::Forbidden, message))
}

/// Whether it is the caller's own client.
pub(crate) fn is_own(caller: &Caller, standing: &Standing) -> bool {
    caller.standing.client_id == standing.client_id
}

/// A reason that may be shown to anybody.
pub(crate) fn reason(given: Option<String>) -> Result<Option<String>, Error> {
    let Some(reason) = given.filter(|reason| !reason.is_empty()) else {
        return Ok(None);
    };
    let letters = reason.chars().count();
    if letters > REASON_LETTERS_MAX {
        let message = format!("the reason has {letters} characters, at most {REASON_LETTERS_MAX} are told");
        return Err(Error::new(ErrorCode::BadArguments, message));
    }
    if reason.chars().any(char::is_control) {
        return Err(Error::new(
            ErrorCode::BadArguments,
            "the reason holds a control character, wanted plain text",
        ));
    }
    Ok(Some(reason))
}

/// What comes behind a sentence: the reason, if there is one.
pub(crate) fn because(reason: Option<&str>) -> String {
    reason.map_or_else(String::new, |reason| format!(": {reason}"))
}

/// Several permissions by their names, each once; a value may hold several, with commas or blanks between them.
pub(crate) fn permissions(names: &[String]) -> Result<Vec<Permission>, Error> {
    let mut wanted = Vec::new();
    let names = names.iter().flat_map(|names| names.split([',', ' ']));
    for name in names.map(str::trim).filter(|name| !name.is_empty()) {
        let Some(permission) = Permission::named(name) else {
            let message = format!(
                "there is no permission `{}`, there are {}",
                shown(name),
                Permission::all().map(Permission::as_str).collect::<Vec<_>>().join(", ")
            );
            return Err(Error::new(ErrorCode::BadArguments, message));
        };
        if !wanted.contains(&permission) {
            wanted.push(permission);
        }
    }
    if wanted.is_empty() {
        return Err(Error::new(
            ErrorCode::BadArguments,
            "no permission is named, wanted at least one",
        ));
    }
    Ok(wanted)
}

/// These permissions and all that their groups bring.
pub(crate) async fn brought(house: &House, wanted: &[Permission]) -> Result<Permissions, Error> {
    let names = wanted.iter().map(|permission| permission.as_str().to_owned()).collect();
    let chains = house.accounts.chains(names).await?;
    let own = wanted.iter().fold(Permissions::NONE, |set, one| set.with(*one));
    Ok(own.and(Permissions::from_roles(chains.iter().map(String::as_str))))
}

/// Nobody gives or takes what they do not hold. Admins do so with every group of people, held or not, and they alone
/// with the search of faces.
pub(crate) fn may_give(caller: &Caller, wanted: Permissions) -> Result<(), Error> {
    let held = caller.standing.permissions();
    let of_things = [Permission::Car, Permission::Bot, Permission::Server];
    let missing = if held.contains(Permission::Admin) {
        let things = of_things.into_iter().fold(Permissions::NONE, Permissions::with);
        wanted.common(things).without(held)
    } else if wanted.contains(Permission::FaceSearch) {
        return Err(Error::new(
            ErrorCode::Forbidden,
            "only an admin gives or takes `face_search`",
        ));
    } else {
        wanted.without(held)
    };
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!(
        "nobody gives what they do not hold, you lack: {}",
        missing.names().join(", ")
    );
    Err(Error::new(ErrorCode::Forbidden, message))
}

/// Tells a client something as a text of the server. One that is gone or lags does not hear it.
pub(crate) fn tell(house: &House, peer: &Peer, body: String) {
    let text = Text {
        body,
        from: Some(house.config.server.name.clone()),
        id: None,
    };
    drop(peer.push(&Frame::Text(text)));
}

/// Writes the audit event of what is done to a client, with the answer for a retry.
pub(crate) async fn record(
    house: &House,
    caller: &Caller,
    on_what: String,
    detail: String,
    reply: &str,
) -> Result<(), Error> {
    record_all(house, caller, vec![(on_what, detail)], reply).await
}

/// Writes an audit event for each of several that something is done to, in one transaction.
pub(crate) async fn record_all(
    house: &House,
    caller: &Caller,
    events: Vec<(String, String)>,
    reply: &str,
) -> Result<(), Error> {
    let change = caller.change(house.clock.now());
    let answer = kept(Ok(reply));
    let written = house.store.write(move |conn| {
        let mut answer = answer.as_deref();
        for (on_what, detail) in events {
            // One call has one answer, kept with its first event.
            change.record(conn, &on_what, "ok", Some(detail), answer.take())?;
        }
        Ok(())
    });
    Ok(written.await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_plain_and_as_long_as_the_bound_at_most() {
        let longest = "é".repeat(REASON_LETTERS_MAX);
        assert_eq!(reason(Some(longest.clone())).unwrap(), Some(longest.clone()));
        assert_eq!(reason(Some(longest + "x")).unwrap_err().code(), ErrorCode::BadArguments);
        assert_eq!(
            reason(Some("a\u{1b}[2J".to_owned())).unwrap_err().code(),
            ErrorCode::BadArguments
        );
        assert_eq!(reason(Some(String::new())).unwrap(), None);
    }

    #[test]
    fn one_call_names_as_many_as_the_bound_and_not_one_more() {
        assert!(at_most(NAMED_PER_CALL_MAX).is_ok());
        assert_eq!(
            at_most(NAMED_PER_CALL_MAX + 1).unwrap_err().code(),
            ErrorCode::BadArguments
        );
    }

    #[test]
    fn permissions_are_named_in_one_text_and_unknown_ones_are_refused_by_name() {
        let given = |names: &[&str]| permissions(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        let wanted = given(&["manager, engineer  customer", "manager", "user"]).unwrap();
        let names: Vec<&str> = wanted.iter().map(|permission| permission.as_str()).collect();
        assert_eq!(names, ["manager", "engineer", "customer", "user"]);
        let refused = given(&["manager,wizard"]).unwrap_err();
        assert!(
            refused.message().starts_with("there is no permission `wizard`"),
            "{refused}"
        );
        assert_eq!(given(&[" , "]).unwrap_err().code(), ErrorCode::BadArguments);
    }
}
