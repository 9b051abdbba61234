//! The table `bot_message`: what bots said, kept for the log of their building.

use diesel::prelude::*;

use crate::bot::BotMessage;
use crate::runtime::clock::from_micros;
use crate::store::schema::bot_message;
use crate::store::stretch::{Stretch, within};
use crate::store::{AnyConn, StoreError};

/// Something to be said.
#[derive(Debug, Clone)]
pub(crate) struct NewMessage<'a> {
    /// The bot.
    pub(crate) bot: &'a str,
    /// Its building.
    pub(crate) building: &'a str,
    /// The schedule, where one says it.
    pub(crate) schedule: Option<i64>,
    /// What is said.
    pub(crate) body: &'a str,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = bot_message)]
struct MessageRow {
    id: i64,
    bot: String,
    building: String,
    schedule_id: Option<i64>,
    body: String,
    at: i64,
    told: Option<i64>,
}

impl From<MessageRow> for BotMessage {
    fn from(row: MessageRow) -> Self {
        Self {
            id: row.id,
            bot: row.bot,
            building: row.building,
            schedule: row.schedule_id,
            body: row.body,
            at: from_micros(row.at),
            told: row.told,
        }
    }
}

/// Writes what is about to be passed on.
pub(crate) fn bot_message_insert(conn: &mut AnyConn, new: &NewMessage<'_>, at: i64) -> Result<i64, StoreError> {
    Ok(diesel::insert_into(bot_message::table)
        .values((
            bot_message::bot.eq(new.bot),
            bot_message::building.eq(new.building),
            bot_message::schedule_id.eq(new.schedule),
            bot_message::body.eq(new.body),
            bot_message::at.eq(at),
        ))
        .returning(bot_message::id)
        .get_result(conn)?)
}

/// It was passed on to so many.
pub(crate) fn bot_message_told(conn: &mut AnyConn, id: i64, told: i64) -> Result<(), StoreError> {
    diesel::update(bot_message::table.find(id))
        .set(bot_message::told.eq(Some(told)))
        .execute(conn)?;
    Ok(())
}

/// At most `limit` that were written before `before` and not passed on, oldest first: the process ended in between.
pub(crate) fn bot_message_untold(conn: &mut AnyConn, before: i64, limit: i64) -> Result<Vec<BotMessage>, StoreError> {
    let rows: Vec<MessageRow> = bot_message::table
        .filter(bot_message::told.is_null())
        .filter(bot_message::at.lt(before))
        .order(bot_message::id)
        .limit(limit)
        .select(MessageRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(BotMessage::from).collect())
}

/// Those said in a building, by one bot if that is named, within a stretch, newest first, at most `limit`.
pub(crate) fn bot_message_list(
    conn: &mut AnyConn,
    building: &str,
    bot: Option<&str>,
    stretch: Stretch,
    limit: i64,
) -> Result<Vec<BotMessage>, StoreError> {
    let mut query = bot_message::table
        .filter(bot_message::building.eq(building))
        .filter(within!(bot_message::at, bot_message::id, stretch))
        .order((bot_message::at.desc(), bot_message::id.desc()))
        .limit(limit)
        .select(MessageRow::as_select())
        .into_boxed();
    if let Some(bot) = bot {
        query = query.filter(bot_message::bot.eq(bot));
    }
    let rows: Vec<MessageRow> = query.load(conn)?;
    Ok(rows.into_iter().map(BotMessage::from).collect())
}

/// Deletes at most `limit` of the oldest that were said before `before`; says how many.
pub(crate) fn bot_message_prune(conn: &mut AnyConn, before: i64, limit: i64) -> Result<usize, StoreError> {
    let oldest = bot_message::table
        .filter(bot_message::at.lt(before))
        .order(bot_message::at)
        .limit(limit)
        .select(bot_message::id);
    let oldest: Vec<i64> = oldest.load(conn)?;
    if oldest.is_empty() {
        return Ok(0);
    }
    Ok(diesel::delete(bot_message::table.filter(bot_message::id.eq_any(oldest))).execute(conn)?)
}
