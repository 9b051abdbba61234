//! What those may who sign in with no account: guests, and devices by their kind.

use std::net::IpAddr;

use crate::house::House;
use crate::registry::permissions::{Permission, Permissions};
use crate::wire::ClientKind;

/// What a guest may: on this machine what a user may; from elsewhere as configured.
pub(super) fn rights_of_guests(house: &House, address: IpAddr) -> Permissions {
    let guest = Permissions::NONE.with(Permission::Guest);
    if address.to_canonical().is_loopback() || house.config.server.guests_elsewhere_are_users {
        guest.with(Permission::User)
    } else {
        guest
    }
}

/// What a device may.
pub(super) fn of_kind(kind: ClientKind) -> Permissions {
    let own = match kind {
        ClientKind::Car => Some(Permission::Car),
        ClientKind::Bot => Some(Permission::Bot),
        ClientKind::Server => Some(Permission::Server),
        ClientKind::Client | ClientKind::Console => None,
    };
    let user = Permissions::NONE.with(Permission::Guest).with(Permission::User);
    own.map_or(user, |permission| user.with(permission))
}
