//! Commands of accounts: one's own secrets, and the people, for those who may.
//!
//! They translate; what a password may be and who is locked out is decided beside them.

mod adduser;
mod disableuser;
mod grant;
mod groups;
pub(crate) mod holding;
mod newgroup;
mod password;
mod pin;
mod removegroup;
mod resetpassword;
mod revoke;
mod setrole;
mod users;

use std::time::Duration;

use super::UserId;
use crate::command::Caller;
use crate::command::table::Table;
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::Refresh;
use crate::registry::permissions::{Permission, Permissions};
use crate::wire::ErrorCode;

/// Adds them to the table.
pub(crate) fn add_to(table: Table) -> Table {
    table
        .with::<adduser::AddUser>()
        .with::<disableuser::DisableUser>()
        .with::<grant::Grant>()
        .with::<groups::Groups>()
        .with::<newgroup::NewGroup>()
        .with::<password::Password>()
        .with::<pin::Pin>()
        .with::<removegroup::RemoveGroup>()
        .with::<resetpassword::ResetPassword>()
        .with::<revoke::Revoke>()
        .with::<setrole::SetRole>()
        .with::<users::Users>()
}

/// Nobody gives, takes or resets what stands above themselves. Who may search faces is for admins to say, and a new
/// password for somebody who may would be a way to it.
pub(crate) fn may_manage(caller: &Caller, roles: &[String]) -> Result<(), Error> {
    let theirs = Permissions::from_roles(roles.iter().map(String::as_str));
    if theirs.contains(Permission::Admin) && !caller.may(Permission::Admin) {
        return Err(Error::new(ErrorCode::Forbidden, "only an admin may manage an admin"));
    }
    if theirs.contains(Permission::FaceSearch) && !caller.may(Permission::Admin) {
        let message = "only an admin may give `face_search`, or manage who holds it";
        return Err(Error::new(ErrorCode::Forbidden, message));
    }
    Ok(())
}

/// Open sockets of a person feel a change of rights at once.
pub(crate) async fn refresh(house: &House, user: UserId) -> Result<(), Error> {
    let roles = house.accounts.permissions_of(user).await?;
    let permissions = (!roles.is_empty()).then(|| Permissions::from_roles(roles.iter().map(String::as_str)));
    house
        .registry
        .ask_within(Refresh::User(user, permissions), Duration::from_secs(5))
        .await?;
    Ok(())
}

/// Ends every connection of a person, such as after somebody else set their password.
async fn sign_out(house: &House, user: UserId) -> Result<(), Error> {
    house.registry.ask(Refresh::User(user, None)).await?;
    Ok(())
}
