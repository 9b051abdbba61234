//! Groups of an account, given and taken: what `s.grant`, `s.revoke`, `s.getrights` and `s.removerights` share.
//!
//! No command of its own. Nobody gives to themselves or what they do not hold; admins are touched by admins only.

use crate::account::{User, UserId};
use crate::command::Caller;
use crate::command::builtin::others;
use crate::command::dispatch::kept;
use crate::error::Error;
use crate::house::House;
use crate::registry::Standing;
use crate::registry::actor::FindUser;
use crate::registry::permissions::{Permission, Permissions};
use crate::wire::ErrorCode;

/// The account a client signed in with.
pub(crate) async fn account_of(house: &House, standing: &Standing) -> Result<User, Error> {
    let Some(id) = standing.user else {
        let message = format!("user '{}' has no account", standing.name());
        return Err(Error::new(ErrorCode::NotNow, message));
    };
    Ok(house.accounts.user_by_id(id).await?)
}

/// Puts an account into groups, for good.
pub(crate) async fn grant(caller: &Caller, house: &House, user: &User, named: &[Permission]) -> Result<String, Error> {
    let held = may_change(caller, house, user.id, named).await?;
    let fresh: Vec<&str> = named
        .iter()
        .filter(|one| !held.contains(**one))
        .map(|one| one.as_str())
        .collect();
    if fresh.is_empty() {
        return Ok("No new permissions added".to_owned());
    }
    let names = fresh.join(", ");
    let reply = format!("Account '{}' gained permission(s): {names}", user.username);
    let change = caller.change(house.clock.now());
    let fresh = fresh.into_iter().map(str::to_owned).collect();
    house.accounts.grant(user.id, fresh, change, kept(Ok(&reply))).await?;
    super::refresh(house, user.id).await?;
    let by = caller.standing.name();
    tell(
        house,
        user.id,
        &format!("Your account gained permission(s): {names}, by '{by}'"),
    )
    .await?;
    Ok(reply)
}

/// Takes an account out of groups, for good. What its role brings stays.
pub(crate) async fn revoke(caller: &Caller, house: &House, user: &User, named: &[Permission]) -> Result<String, Error> {
    let held = may_change(caller, house, user.id, named).await?;
    let groups = house.accounts.groups_of(user.id).await?;
    let is_group = |one: &&Permission| groups.iter().any(|group| group == one.as_str());
    let lost: Vec<&str> = named.iter().filter(is_group).map(|one| one.as_str()).collect();
    if lost.is_empty() {
        let of_role = named.iter().find(|one| held.contains(**one));
        return of_role.map_or_else(
            || Ok("No permissions removed".to_owned()),
            |one| {
                let message = format!(
                    "`{one}` comes with the role `{}` of '{}' or with a group it is in; s.setrole changes the role",
                    user.role, user.username
                );
                Err(Error::new(ErrorCode::NotNow, message))
            },
        );
    }
    let names = lost.join(", ");
    let reply = format!("Account '{}' lost permission(s): {names}", user.username);
    let change = caller.change(house.clock.now());
    let lost = lost.into_iter().map(str::to_owned).collect();
    house.accounts.revoke(user.id, lost, change, kept(Ok(&reply))).await?;
    super::refresh(house, user.id).await?;
    let by = caller.standing.name();
    tell(
        house,
        user.id,
        &format!("Your account lost permission(s): {names}, by '{by}'"),
    )
    .await?;
    Ok(reply)
}

/// Whether the caller may give these to that account or take them; says what the account holds.
async fn may_change(caller: &Caller, house: &House, user: UserId, named: &[Permission]) -> Result<Permissions, Error> {
    if caller.standing.user == Some(user) {
        let message = "nobody changes the rights of their own account";
        return Err(Error::new(ErrorCode::Forbidden, message));
    }
    let held = house.accounts.standing_of(user).await?;
    super::may_manage(caller, &held)?;
    others::may_give(caller, others::brought(house, named).await?)?;
    Ok(Permissions::from_roles(held.iter().map(String::as_str)))
}

async fn tell(house: &House, user: UserId, body: &str) -> Result<(), Error> {
    for (_, peer) in house.registry.ask(FindUser(user)).await? {
        others::tell(house, &peer, body.to_owned());
    }
    Ok(())
}
