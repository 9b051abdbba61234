//! Clients that prove nothing themselves: whom the configuration of their door names, with those rights and no more.
//!
//! What holds for everybody holds for them: bans, disabled accounts, bounds on what they offer. They get no token.

use std::net::IpAddr;
use std::sync::Arc;

use super::admission::{Admitted, new_client_id};
use super::bans;
use crate::booking::CarId;
use crate::error::Error;
use crate::house::House;
use crate::registry::Standing;
use crate::registry::actor::About;
use crate::registry::names;
use crate::registry::permissions::{Permission, Permissions};
use crate::wire::{ClientKind, ErrorCode};

/// A client of that account, which wants that name.
pub(crate) async fn client_of(
    house: &House,
    username: &str,
    wish: Option<String>,
    about: About,
    address: IpAddr,
) -> Result<Admitted, Error> {
    let standing = standing_of(house, username, address).await?;
    let offers_max = house.config.limits.offers_per_client;
    if about.commands.len() > offers_max || about.requestables.len() > offers_max {
        let message = format!("at most {offers_max} commands and requestables may be offered");
        return Err(Error::new(ErrorCode::TooLarge, message));
    }
    let given = names::substitute(&standing.client_id);
    let (wish, notices) = match wish {
        None => (given, Vec::new()),
        Some(name) => match bans::of_this_name(house, &name) {
            None => (name, Vec::new()),
            Some(ban) => {
                let notice = format!("name `{}` is banned until {}; you are `{given}`", ban.name, ban.until);
                (given, vec![notice])
            }
        },
    };
    Ok(Admitted {
        standing: Arc::new(standing),
        wish: Some(wish),
        about,
        resume: String::new(),
        notices,
    })
}

/// What that account is and may at this moment, for a door where nobody stays.
pub(crate) async fn standing_of(house: &House, username: &str, address: IpAddr) -> Result<Standing, Error> {
    may_come(house, address)?;
    let user = house.accounts.user_by_name(username).await?;
    if user.disabled {
        let message = format!("the account `{}` of this port is disabled", user.username);
        return Err(Error::new(ErrorCode::Forbidden, message));
    }
    bans::account(house, user.id)?;
    let roles = house.accounts.permissions_of(user.id).await?;
    let permissions = Permissions::from_roles(roles.iter().map(String::as_str));
    let client_id = new_client_id();
    Ok(Standing::new(
        client_id,
        ClientKind::Client,
        Some((user.id, user.username.clone())),
        None,
        user.username,
        permissions,
    ))
}

/// The unit of a car, known by its port.
pub(crate) fn unit_of(house: &House, car: CarId, name: &str, address: IpAddr) -> Result<Standing, Error> {
    may_come(house, address)?;
    let rights = [Permission::Guest, Permission::User, Permission::Car];
    let rights = rights.into_iter().fold(Permissions::NONE, Permissions::with);
    Ok(Standing::unit_without_key(
        new_client_id(),
        car,
        name.to_owned(),
        rights,
    ))
}

fn may_come(house: &House, address: IpAddr) -> Result<(), Error> {
    if house.is_draining() {
        return Err(Error::new(ErrorCode::ShuttingDown, "the server is shutting down"));
    }
    bans::address(house, address)
}
