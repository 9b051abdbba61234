//! Commands of accounts: one's own secrets, and the people, for those who may.
//!
//! They translate; what a password may be and who is locked out is decided beside them.

mod adduser;
mod disableuser;
mod endsession;
mod grant;
mod groups;
pub(crate) mod holding;
mod invitations;
mod invite;
mod newgroup;
mod password;
mod pin;
mod profile;
mod removegroup;
mod resetcode;
mod resetpassword;
mod resetpin;
mod revoke;
mod sessions;
mod setrole;
mod signup;
mod users;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::UserId;
use crate::command::Caller;
use crate::command::table::Table;
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::{Refresh, SignOut};
use crate::registry::permissions::{Permission, Permissions};
use crate::runtime::CloseReason;
use crate::wire::ErrorCode;

/// Adds them to the table.
pub(crate) fn add_to(table: Table) -> Table {
    table
        .with::<adduser::AddUser>()
        .with::<disableuser::DisableUser>()
        .with::<endsession::EndSession>()
        .with::<endsession::EndSessions>()
        .with::<endsession::SignOut>()
        .with::<grant::Grant>()
        .with::<groups::Groups>()
        .with::<invitations::Invitations>()
        .with::<invitations::RevokeInvitation>()
        .with::<invite::Invite>()
        .with::<newgroup::NewGroup>()
        .with::<password::Password>()
        .with::<pin::Pin>()
        .with::<profile::Profile>()
        .with::<profile::SetProfile>()
        .with::<removegroup::RemoveGroup>()
        .with::<resetcode::NewPassword>()
        .with::<resetcode::ResetCode>()
        .with::<resetpassword::ResetPassword>()
        .with::<resetpin::ResetPin>()
        .with::<revoke::Revoke>()
        .with::<sessions::Sessions>()
        .with::<setrole::SetRole>()
        .with::<signup::SignUp>()
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

/// Time in which the answer of the command that ends its caller's session can still reach the client.
const LAST_WORDS: Duration = Duration::from_millis(300);
/// Days after which a code that somebody is given has ended.
const CODE_DAYS_MAX: i64 = 30;

/// Closes the sockets of sessions that have ended; rights are gone at once.
pub(crate) async fn hang_up(house: &House, clients: Vec<String>) -> Result<(), Error> {
    let clients = SignOut {
        clients,
        answered: None,
    };
    house.registry.ask(clients).await?;
    Ok(())
}

/// The same for sessions among which may be that of the caller, who is still to hear the answer.
async fn hang_up_after_answer(house: &House, clients: Vec<String>, caller: &Caller) -> Result<(), Error> {
    let clients = SignOut {
        clients,
        answered: Some(caller.standing.client_id.clone()),
    };
    if let Some(own) = house.registry.ask(clients).await? {
        drop(tokio::spawn(async move {
            tokio::time::sleep(LAST_WORDS).await;
            own.close(CloseReason::SignedOut);
        }));
    }
    Ok(())
}

/// The caller's own account, or for operators that of somebody whom they may manage.
async fn oneself_or(caller: &Caller, house: &House, username: Option<&str>) -> Result<UserId, Error> {
    let Some(username) = username.filter(|name| caller.standing.username.as_deref() != Some(*name)) else {
        return caller.user();
    };
    if !caller.is_operator() {
        let message = format!("{} for somebody else needs the permission `manager`", caller.command);
        return Err(Error::new(ErrorCode::Forbidden, message));
    }
    let user = house.accounts.user_by_name(username).await?;
    may_manage(caller, &house.accounts.standing_of(user.id).await?)?;
    Ok(user.id)
}

/// When a code ends: as said, within bounds, or after so many hours.
fn ending(expires: Option<&str>, hours: i64, now: Timestamp) -> Result<Timestamp, Error> {
    let last = now.saturating_add(SignedDuration::from_hours(CODE_DAYS_MAX * 24));
    let last = last.unwrap_or(Timestamp::MAX);
    let Some(text) = expires else {
        let end = now.saturating_add(SignedDuration::from_hours(hours));
        return Ok(end.unwrap_or(last));
    };
    let wanted = || {
        let message = format!("`expires` has to be an instant of RFC 3339 within {CODE_DAYS_MAX} days from now");
        Error::new(ErrorCode::BadArguments, message)
    };
    let end: Timestamp = text.parse().map_err(|_| wanted())?;
    if end > now && end <= last {
        Ok(end)
    } else {
        Err(wanted())
    }
}

/// Ends every connection of a person, such as after somebody else set their password.
async fn sign_out(house: &House, user: UserId) -> Result<(), Error> {
    house.registry.ask(Refresh::User(user, None)).await?;
    Ok(())
}
