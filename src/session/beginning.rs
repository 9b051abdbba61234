//! The beginning of a session: how, from where, by what software; and its token.

use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;

use super::admission::{new_client_id, prove};
use super::bans;
use crate::account::{Begun, Issue, Source};
use crate::error::Error;
use crate::house::House;
use crate::registry::Standing;
use crate::registry::actor::NameFor;
use crate::registry::permissions::{Permission, Permissions};
use crate::wire::{ClientKind, Login};

/// Longest text of a client about its software that goes into the list of sessions.
const SOFTWARE_CHARS_MAX: usize = 100;

/// A session that another is begun from.
#[derive(Debug, Clone)]
pub(super) struct Earlier {
    /// Its number.
    pub(super) session: i64,
    /// When it ends however much it is used.
    pub(super) ends_at: Option<Timestamp>,
    /// Whose it is.
    pub(super) client_id: Arc<str>,
}

/// How a session begins that was proved by a password, by a key, by another session or by nothing.
pub(super) fn begun(standing: &Standing, software: String, address: IpAddr, from: Option<&Earlier>) -> Begun {
    let how = match (from, standing.user, standing.key_id) {
        (Some(_), _, _) => "beside",
        (None, Some(_), _) => "password",
        (None, None, Some(_)) => "key",
        (None, None, None) => "guest",
    };
    Begun {
        how: how.to_owned(),
        software: software_of(&software),
        address: Source::Address(address).to_string(),
        parent: from.map(|from| from.session),
        // It ends with the one that it stands on, at the latest.
        ends_at: from.and_then(|from| from.ends_at),
    }
}

/// What a client says it runs, as it goes into the list of sessions.
pub(super) fn software_of(said: &str) -> String {
    said.chars()
        .filter(|c| !c.is_control())
        .take(SOFTWARE_CHARS_MAX)
        .collect()
}

/// A token for coming again, under the name that the client is about to get.
pub(super) async fn issue(
    house: &House,
    standing: &Standing,
    wish: Option<&str>,
    begun: Begun,
) -> Result<String, Error> {
    let name = match wish {
        None => standing.name().to_string(),
        Some(wish) => {
            let client_id = standing.client_id.clone();
            let wish = wish.to_owned();
            house.registry.ask(NameFor { client_id, wish }).await?
        }
    };
    let issue = Issue {
        client_id: standing.client_id.to_string(),
        name,
        kind: standing.kind.as_str().to_owned(),
        user_id: standing.user,
        key_id: standing.key_id,
        begun,
    };
    Ok(house.accounts.issue_token(issue).await?)
}

/// Somebody proved by a password, and a token by which they are known from now on.
pub(crate) async fn sign_in(
    house: &House,
    login: Login,
    software: String,
    address: IpAddr,
) -> Result<(Arc<Standing>, String), Error> {
    let standing = prove(house, Some(login), address).await?;
    let begun = begun(&standing, software, address, None);
    let token = issue(house, &standing, None, begun).await?;
    Ok((standing, token))
}

/// Who may ask for an account, and nothing else: let in where guests are not, as far as signing up is not closed.
pub(crate) fn stranger(house: &House, address: IpAddr) -> Result<Arc<Standing>, Error> {
    bans::address(house, address)?;
    let client_id = new_client_id();
    let name = crate::registry::names::substitute(&client_id);
    let rights = Permissions::NONE.with(Permission::Guest);
    Ok(Arc::new(Standing::new(
        client_id,
        ClientKind::Client,
        None,
        None,
        name,
        rights,
    )))
}
