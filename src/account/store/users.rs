//! The tables `user` and `role`.
//!
//! Hashes leave this file only through `user_secrets_by_name` and `user_secrets_by_id`; every other
//! answer says whether there is one.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{instant, one};
use crate::account::{User, UserId};
use crate::store::schema::{role, users};
use crate::store::{AnyConn, StoreError};

/// A person to be written.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Unique name.
    pub username: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Where mail would go.
    pub email: String,
    /// A row of `role`.
    pub role: String,
    /// PHC text; without one the person cannot sign in by password, and `user_upsert` keeps what is there.
    pub password_hash: Option<String>,
}

/// What a person proves themselves with, as PHC texts.
#[derive(Clone, Default)]
pub(crate) struct Hashes {
    /// Of the password.
    pub password: Option<String>,
    /// Of the PIN.
    pub pin: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
struct UserRow {
    id: i64,
    username: String,
    first_name: String,
    last_name: String,
    email: String,
    role: String,
    password_hash: Option<String>,
    pin_hash: Option<String>,
    disabled: bool,
    created_at: i64,
}

impl UserRow {
    fn split(self) -> (User, Hashes) {
        let person = User {
            id: UserId(self.id),
            username: self.username,
            first_name: self.first_name,
            last_name: self.last_name,
            email: self.email,
            role: self.role,
            disabled: self.disabled,
            has_password: self.password_hash.is_some(),
            has_pin: self.pin_hash.is_some(),
            created_at: instant(self.created_at),
        };
        (
            person,
            Hashes {
                password: self.password_hash,
                pin: self.pin_hash,
            },
        )
    }
}

/// The person of that exact name.
pub fn user_by_name(conn: &mut AnyConn, username: &str) -> Result<Option<User>, StoreError> {
    Ok(user_secrets_by_name(conn, username)?.map(|(person, _)| person))
}

/// The person of that exact name, with the hashes.
pub(crate) fn user_secrets_by_name(conn: &mut AnyConn, username: &str) -> Result<Option<(User, Hashes)>, StoreError> {
    let row = users::table
        .filter(users::username.eq(username))
        .select(UserRow::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(UserRow::split))
}

/// The person of that number.
pub fn user_by_id(conn: &mut AnyConn, id: UserId) -> Result<Option<User>, StoreError> {
    Ok(user_secrets_by_id(conn, id)?.map(|(person, _)| person))
}

/// The person of that number, with the hashes.
pub(crate) fn user_secrets_by_id(conn: &mut AnyConn, id: UserId) -> Result<Option<(User, Hashes)>, StoreError> {
    let row = users::table
        .find(id.0)
        .select(UserRow::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(UserRow::split))
}

/// At most `limit` people with numbers above `after`, by number.
pub fn user_list(conn: &mut AnyConn, after: UserId, limit: i64) -> Result<Vec<User>, StoreError> {
    let rows = users::table
        .filter(users::id.gt(after.0))
        .order(users::id)
        .limit(limit)
        .select(UserRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(|row| row.split().0).collect())
}

/// Writes a new person; a taken name is a conflict.
pub fn user_insert(conn: &mut AnyConn, new: &NewUser, at: i64) -> Result<UserId, StoreError> {
    let id = diesel::insert_into(users::table)
        .values((
            users::username.eq(&new.username),
            users::first_name.eq(&new.first_name),
            users::last_name.eq(&new.last_name),
            users::email.eq(&new.email),
            users::role.eq(&new.role),
            users::password_hash.eq(new.password_hash.as_deref()),
            users::disabled.eq(false),
            users::created_at.eq(at),
        ))
        .returning(users::id)
        .get_result(conn)?;
    Ok(UserId(id))
}

/// Writes a person anew or over the one of that name; says whether it was made. The password stays
/// when none is given. A new one ends the person's tokens.
pub fn user_upsert(conn: &mut AnyConn, new: &NewUser, at: i64) -> Result<(UserId, bool), StoreError> {
    let Some(known) = user_by_name(conn, &new.username)? else {
        return Ok((user_insert(conn, new, at)?, true));
    };
    diesel::update(users::table.find(known.id.0))
        .set((
            users::first_name.eq(&new.first_name),
            users::last_name.eq(&new.last_name),
            users::email.eq(&new.email),
            users::role.eq(&new.role),
        ))
        .execute(conn)?;
    if let Some(phc) = &new.password_hash {
        user_set_password(conn, known.id, Some(phc))?;
        super::token_delete_for_user(conn, known.id)?;
    }
    Ok((known.id, false))
}

/// Puts a PHC text, or nothing, in the place of the password.
pub fn user_set_password(conn: &mut AnyConn, id: UserId, phc: Option<&str>) -> Result<(), StoreError> {
    one(diesel::update(users::table.find(id.0))
        .set(users::password_hash.eq(phc))
        .execute(conn)?)
}

/// Puts a PHC text, or nothing, in the place of the PIN.
pub fn user_set_pin(conn: &mut AnyConn, id: UserId, phc: Option<&str>) -> Result<(), StoreError> {
    one(diesel::update(users::table.find(id.0))
        .set(users::pin_hash.eq(phc))
        .execute(conn)?)
}

/// Whether somebody's name is this one but for the size of its letters.
pub fn user_like(conn: &mut AnyConn, username: &str) -> Result<bool, StoreError> {
    let lower = username.to_lowercase();
    // Names made before may hold letters that the database does not know how to make small: those are no match then.
    let found: Option<i64> = users::table
        .filter(sql::<Text>("lower(username)").eq(lower))
        .select(users::id)
        .first(conn)
        .optional()?;
    Ok(found.is_some())
}

/// Puts names and mail address in place.
pub fn user_set_profile(
    conn: &mut AnyConn,
    id: UserId,
    (first_name, last_name, email): (&str, &str, &str),
) -> Result<(), StoreError> {
    one(diesel::update(users::table.find(id.0))
        .set((
            users::first_name.eq(first_name),
            users::last_name.eq(last_name),
            users::email.eq(email),
        ))
        .execute(conn)?)
}

/// Gives a person another role, which has to exist.
pub fn user_set_role(conn: &mut AnyConn, id: UserId, role: &str) -> Result<(), StoreError> {
    one(diesel::update(users::table.find(id.0))
        .set(users::role.eq(role))
        .execute(conn)?)
}

/// Shuts a person out, or lets them in again.
pub fn user_set_disabled(conn: &mut AnyConn, id: UserId, disabled: bool) -> Result<(), StoreError> {
    one(diesel::update(users::table.find(id.0))
        .set(users::disabled.eq(disabled))
        .execute(conn)?)
}

/// Leaves nothing of a person but their number: another name, no password, no way in.
pub(crate) fn user_erase(conn: &mut AnyConn, id: UserId, name: &str, role: &str, at: i64) -> Result<(), StoreError> {
    one(diesel::update(users::table.find(id.0))
        .set((
            users::username.eq(name),
            users::first_name.eq(""),
            users::last_name.eq(""),
            users::email.eq(""),
            users::role.eq(role),
            users::password_hash.eq(None::<String>),
            users::pin_hash.eq(None::<String>),
            users::disabled.eq(true),
            users::erased_at.eq(Some(at)),
        ))
        .execute(conn)?)
}

/// Whether an account is that of somebody: what was on its way to the store when they were erased is not to land there.
pub(crate) fn user_is_somebody(conn: &mut AnyConn, id: UserId) -> Result<bool, StoreError> {
    let found: Option<i64> = users::table
        .find(id.0)
        .filter(users::erased_at.is_null())
        .select(users::id)
        .first(conn)
        .optional()?;
    Ok(found.is_some())
}

/// The names of all roles, sorted.
pub fn role_names(conn: &mut AnyConn) -> Result<Vec<String>, StoreError> {
    Ok(role::table.order(role::name).select(role::name).load(conn)?)
}

/// Whether there is a role of that name.
pub fn role_exists(conn: &mut AnyConn, name: &str) -> Result<bool, StoreError> {
    Ok(role::table
        .find(name)
        .select(role::name)
        .first::<String>(conn)
        .optional()?
        .is_some())
}
