//! The tables `role`, as groups, and `user_group`.
//!
//! A role is the group an account always has; the others are rows of `user_group`.

use diesel::prelude::*;

use crate::account::UserId;
use crate::account::groups::{Group, chain};
use crate::store::schema::{role, user_group, users};
use crate::store::{AnyConn, StoreError};

/// Every group there is, built-in ones too, by name.
pub fn group_list(conn: &mut AnyConn) -> Result<Vec<Group>, StoreError> {
    let rows: Vec<(String, Option<String>)> = role::table.order(role::name).load(conn)?;
    let group = |(name, inherits)| Group { name, inherits };
    Ok(rows.into_iter().map(group).collect())
}

/// Writes a group; a taken name is a conflict.
pub fn group_insert(conn: &mut AnyConn, group: &Group) -> Result<(), StoreError> {
    diesel::insert_into(role::table)
        .values((role::name.eq(&group.name), role::inherits.eq(group.inherits.as_deref())))
        .execute(conn)?;
    Ok(())
}

/// Forgets a group that nobody holds.
pub fn group_delete(conn: &mut AnyConn, name: &str) -> Result<(), StoreError> {
    super::one(diesel::delete(role::table.find(name)).execute(conn)?)
}

/// Accounts that hold a group directly, as their role or besides it.
pub fn group_accounts(conn: &mut AnyConn, name: &str) -> Result<i64, StoreError> {
    let by_role: i64 = users::table.filter(users::role.eq(name)).count().get_result(conn)?;
    let besides: i64 = user_group::table
        .filter(user_group::group_name.eq(name))
        .count()
        .get_result(conn)?;
    Ok(by_role + besides)
}

/// The groups an account has besides its role, by name.
pub fn user_group_list(conn: &mut AnyConn, id: UserId) -> Result<Vec<String>, StoreError> {
    Ok(user_group::table
        .filter(user_group::user_id.eq(id.0))
        .order(user_group::group_name)
        .select(user_group::group_name)
        .load(conn)?)
}

/// Puts an account into a group; says whether it was not in it.
pub fn user_group_insert(
    conn: &mut AnyConn,
    id: UserId,
    group: &str,
    given_by: &str,
    at: i64,
) -> Result<bool, StoreError> {
    if user_group_list(conn, id)?.iter().any(|known| known == group) {
        return Ok(false);
    }
    diesel::insert_into(user_group::table)
        .values((
            user_group::user_id.eq(id.0),
            user_group::group_name.eq(group),
            user_group::given_by.eq(given_by),
            user_group::given_at.eq(at),
        ))
        .execute(conn)?;
    Ok(true)
}

/// Takes an account out of a group; says whether it was in it.
pub fn user_group_delete(conn: &mut AnyConn, id: UserId, group: &str) -> Result<bool, StoreError> {
    Ok(diesel::delete(user_group::table.find((id.0, group))).execute(conn)? > 0)
}

/// What an account of this role holds: the chain of the role, then those of its groups, each name once.
pub fn user_chains(conn: &mut AnyConn, id: UserId, role: &str) -> Result<Vec<String>, StoreError> {
    let mut named = vec![role.to_owned()];
    named.extend(user_group_list(conn, id)?);
    chains(conn, &named)
}

/// The chains of several groups, each name once.
pub fn chains(conn: &mut AnyConn, named: &[String]) -> Result<Vec<String>, StoreError> {
    let groups = group_list(conn)?;
    let mut held: Vec<String> = Vec::new();
    for name in named.iter().flat_map(|name| chain(&groups, name)) {
        if !held.contains(&name) {
            held.push(name);
        }
    }
    Ok(held)
}
