//! Whom a ban is of: an account, a name or an address, and which clients it meets.
//!
//! No command of its own; `s.ban` and `s.unban` share it.

use std::net::IpAddr;

use super::others::{self, Other};
use crate::account::User;
use crate::command::Caller;
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::{Find, FindAt, FindUser};
use crate::registry::names;
use crate::registry::permissions::{Permission, Permissions};
use crate::registry::sanctions::{of_address, of_name, of_user};
use crate::wire::ErrorCode;

/// Whom a ban is of.
#[derive(Debug)]
pub(super) enum Subject {
    /// An account, wherever it signs in.
    User(User),
    /// A name, whoever wants to bear it.
    Name(String),
    /// An address, whoever comes from it.
    Address(IpAddr),
}

impl Subject {
    /// The one that is given.
    pub(super) async fn of(
        house: &House,
        user: Option<String>,
        name: Option<String>,
        address: Option<String>,
    ) -> Result<Self, Error> {
        match (user, name, address) {
            (Some(user), None, None) => Ok(Self::User(house.accounts.user_by_name(&user).await?)),
            (None, Some(name), None) => {
                names::check(&name).map_err(|err| Error::new(ErrorCode::BadArguments, err.to_string()))?;
                Ok(Self::Name(name))
            }
            (None, None, Some(address)) => Ok(Self::Address(others::address(&address)?.to_canonical())),
            (user, name, address) => {
                let got = [user.is_some(), name.is_some(), address.is_some()];
                let got = got.into_iter().filter(|is_given| *is_given).count();
                let message = format!("got {got} of user, name and address, wanted one");
                Err(Error::new(ErrorCode::BadArguments, message))
            }
        }
    }

    /// As bans are kept.
    pub(super) fn key(&self) -> String {
        match self {
            Self::User(user) => of_user(user.id),
            Self::Name(name) => of_name(name),
            Self::Address(address) => of_address(*address),
        }
    }

    /// As people are told.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::User(user) => user.username.clone(),
            Self::Name(name) => name.clone(),
            Self::Address(address) => address.to_string(),
        }
    }

    /// What it is.
    pub(super) fn what(&self) -> &'static str {
        match self {
            Self::User(_) => "account",
            Self::Name(_) => "name",
            Self::Address(_) => "address",
        }
    }

    /// The clients it meets now.
    pub(super) async fn clients(&self, house: &House) -> Result<Vec<Other>, Error> {
        let found = match self {
            Self::User(user) => house.registry.ask(FindUser(user.id)).await?,
            Self::Name(name) => {
                let found = house.registry.ask(Find(name.clone())).await?;
                // An id is not a name.
                let bears_it = |(standing, _): &(_, _)| bears(standing, name);
                found.into_iter().filter(bears_it).collect()
            }
            Self::Address(address) => house.registry.ask(FindAt(*address)).await?,
        };
        let other = |(standing, peer)| Other { standing, peer };
        Ok(found.into_iter().map(other).collect())
    }

    /// Whether the caller may ban it or let it in again: never themselves, and admins by admins only.
    pub(super) async fn may_touch(&self, caller: &Caller, house: &House) -> Result<(), Error> {
        let met = self.clients(house).await?;
        let is_own_account = matches!(self, Self::User(user) if caller.standing.user == Some(user.id));
        if is_own_account || met.iter().any(|other| others::is_own(caller, &other.standing)) {
            let message = format!(
                "nobody bans themselves: the {} '{}' is yours",
                self.what(),
                self.shown()
            );
            return Err(Error::new(ErrorCode::Forbidden, message));
        }
        if let Self::User(user) = self {
            let held = house.accounts.standing_of(user.id).await?;
            let held = Permissions::from_roles(held.iter().map(String::as_str));
            if held.contains(Permission::Admin) && !caller.may(Permission::Admin) {
                let message = format!("'{}' is an admin: only an admin bans an admin", user.username);
                return Err(Error::new(ErrorCode::Forbidden, message));
            }
        }
        met.iter()
            .try_for_each(|other| others::may_touch(caller, &other.standing))
    }
}

fn bears(standing: &std::sync::Arc<crate::registry::Standing>, name: &str) -> bool {
    names::key(&standing.name()) == names::key(name)
}
