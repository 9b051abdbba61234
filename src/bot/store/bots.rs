//! The table `bot`.

use diesel::prelude::*;

use crate::bot::{Bot, Clearance};
use crate::runtime::clock::from_micros;
use crate::store::schema::{bot, bot_schedule, device_key};
use crate::store::{AnyConn, StoreError};

/// A bot to be written.
#[derive(Debug, Clone)]
pub(crate) struct NewBot {
    /// Its id.
    pub(crate) name: String,
    /// Where it speaks.
    pub(crate) building: String,
    /// Its key.
    pub(crate) key_id: i64,
    /// Who registers it.
    pub(crate) registered_by: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = bot)]
struct BotRow {
    id: i64,
    name: String,
    building: String,
    key_id: i64,
    clearance: String,
    registered_by: String,
    registered_at: i64,
    decided_by: Option<String>,
    decided_at: Option<i64>,
}

impl From<BotRow> for Bot {
    fn from(row: BotRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            building: row.building,
            key_id: row.key_id,
            // A word that this version does not know lets nobody speak.
            clearance: row.clearance.parse().unwrap_or(Clearance::Revoked),
            registered_by: row.registered_by,
            registered_at: from_micros(row.registered_at),
            decided_by: row.decided_by,
            decided_at: row.decided_at.map(from_micros),
        }
    }
}

/// Writes a bot that waits to be let; a taken name is a conflict.
pub(crate) fn bot_insert(conn: &mut AnyConn, new: &NewBot, at: i64) -> Result<i64, StoreError> {
    Ok(diesel::insert_into(bot::table)
        .values((
            bot::name.eq(&new.name),
            bot::building.eq(&new.building),
            bot::key_id.eq(new.key_id),
            bot::clearance.eq(Clearance::Waiting.as_str()),
            bot::registered_by.eq(&new.registered_by),
            bot::registered_at.eq(at),
        ))
        .returning(bot::id)
        .get_result(conn)?)
}

/// The bot of that name.
pub(crate) fn bot_by_name(conn: &mut AnyConn, name: &str) -> Result<Option<Bot>, StoreError> {
    let row = bot::table.filter(bot::name.eq(name)).select(BotRow::as_select());
    Ok(row.first(conn).optional()?.map(Bot::from))
}

/// The bot of that number.
pub(crate) fn bot_by_id(conn: &mut AnyConn, id: i64) -> Result<Option<Bot>, StoreError> {
    let row = bot::table.find(id).select(BotRow::as_select());
    Ok(row.first(conn).optional()?.map(Bot::from))
}

/// The bot of that key.
pub(crate) fn bot_by_key(conn: &mut AnyConn, key_id: i64) -> Result<Option<Bot>, StoreError> {
    let row = bot::table.filter(bot::key_id.eq(key_id)).select(BotRow::as_select());
    Ok(row.first(conn).optional()?.map(Bot::from))
}

/// Whether a key in force signs somebody in under this name, whatever the case of its letters.
pub(crate) fn bot_key_taken(conn: &mut AnyConn, name: &str) -> Result<bool, StoreError> {
    let names: Vec<String> = device_key::table
        .filter(device_key::revoked_at.is_null())
        .filter(device_key::kind.ne("admin"))
        .select(device_key::name)
        .load(conn)?;
    let name = name.to_lowercase();
    Ok(names.iter().any(|known| known.to_lowercase() == name))
}

/// How many there are.
pub(crate) fn bot_count(conn: &mut AnyConn) -> Result<i64, StoreError> {
    Ok(bot::table.count().get_result(conn)?)
}

/// How many wait that this one registered.
pub(crate) fn bot_count_waiting(conn: &mut AnyConn, registered_by: &str) -> Result<i64, StoreError> {
    Ok(bot::table
        .filter(bot::clearance.eq(Clearance::Waiting.as_str()))
        .filter(bot::registered_by.eq(registered_by))
        .count()
        .get_result(conn)?)
}

/// At most `limit` bots with names behind `after`, by name; only those that may speak, or only the others, where that
/// is asked.
pub(crate) fn bot_list(
    conn: &mut AnyConn,
    authorised: Option<bool>,
    after: &str,
    limit: i64,
) -> Result<Vec<Bot>, StoreError> {
    let mut query = bot::table
        .filter(bot::name.gt(after))
        .order(bot::name)
        .limit(limit)
        .select(BotRow::as_select())
        .into_boxed();
    if let Some(authorised) = authorised {
        let word = Clearance::Authorised.as_str();
        query = if authorised {
            query.filter(bot::clearance.eq(word))
        } else {
            query.filter(bot::clearance.ne(word))
        };
    }
    let rows: Vec<BotRow> = query.load(conn)?;
    Ok(rows.into_iter().map(Bot::from).collect())
}

/// Writes who may and who said so.
pub(crate) fn bot_decide(
    conn: &mut AnyConn,
    id: i64,
    clearance: Clearance,
    by: &str,
    at: i64,
) -> Result<(), StoreError> {
    diesel::update(bot::table.find(id))
        .set((
            bot::clearance.eq(clearance.as_str()),
            bot::decided_by.eq(Some(by)),
            bot::decided_at.eq(Some(at)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Puts another key in the place of its key.
pub(crate) fn bot_set_key(conn: &mut AnyConn, id: i64, key_id: i64) -> Result<(), StoreError> {
    diesel::update(bot::table.find(id))
        .set(bot::key_id.eq(key_id))
        .execute(conn)?;
    Ok(())
}

/// Forgets a bot and its schedules; what it said stays.
pub(crate) fn bot_delete(conn: &mut AnyConn, id: i64) -> Result<(), StoreError> {
    diesel::delete(bot_schedule::table.filter(bot_schedule::bot_id.eq(id))).execute(conn)?;
    diesel::delete(bot::table.find(id)).execute(conn)?;
    Ok(())
}
