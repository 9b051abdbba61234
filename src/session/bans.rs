//! Who may not come in: the refusals of bans, looked up in memory at each hello.
//!
//! An address is refused before any login is looked at. An account is refused only after its login was right, so
//! that a ban tells nobody else that there is such an account.

use std::net::IpAddr;

use serde::Serialize;

use crate::booking::UserId;
use crate::error::Error;
use crate::house::House;
use crate::registry::Standing;
use crate::registry::sanctions::{Sanction, of_address, of_name, of_user};
use crate::wire::ErrorCode;

/// The end of a ban and its reason, for programs.
#[derive(Serialize)]
struct BannedUntil<'a> {
    until: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// Whether this address is let in.
pub(super) fn address(house: &House, address: IpAddr) -> Result<(), Error> {
    refused(house, &of_address(address), "your address")
}

/// Whether this account is let in.
pub(super) fn account(house: &House, user: UserId) -> Result<(), Error> {
    refused(house, &of_user(user), "your account")
}

/// The ban of a name.
pub(super) fn of_this_name(house: &House, name: &str) -> Option<Sanction> {
    house.bans.of(&of_name(name), house.clock.now())
}

/// Whether somebody who has just come in would still be let in: a ban may have come in between.
pub(super) fn still_welcome(house: &House, standing: &Standing, from: IpAddr) -> Result<(), Error> {
    address(house, from)?;
    if let Some(user) = standing.user {
        account(house, user)?;
    }
    refused(house, &of_name(&standing.name()), "your name")
}

/// The refusal of a ban.
pub(super) fn refusal(ban: &Sanction, what: &str) -> Error {
    let reason = ban.reason.as_deref();
    let why = reason.map_or_else(String::new, |reason| format!(": {reason}"));
    let message = format!("{what} is banned by '{}' until {}{why}", ban.by, ban.until);
    Error::new(ErrorCode::Forbidden, message).detail(&BannedUntil {
        until: ban.until.to_string(),
        reason,
    })
}

fn refused(house: &House, subject: &str, what: &str) -> Result<(), Error> {
    match house.bans.of(subject, house.clock.now()) {
        None => Ok(()),
        Some(ban) => Err(refusal(&ban, what)),
    }
}
