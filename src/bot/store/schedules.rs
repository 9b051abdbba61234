//! The table `bot_schedule`.

use diesel::prelude::*;
use jiff::Timestamp;

use crate::bot::{Clearance, Rhythm, Schedule};
use crate::runtime::clock::from_micros;
use crate::store::schema::{bot, bot_schedule};
use crate::store::{AnyConn, StoreError};

/// A schedule to be written.
#[derive(Debug, Clone)]
pub(crate) struct NewSchedule {
    /// Whose.
    pub(crate) bot_id: i64,
    /// What is said.
    pub(crate) body: String,
    /// When.
    pub(crate) rhythm: Rhythm,
    /// After which it does not run any more.
    pub(crate) until: Option<Timestamp>,
    /// Its first run.
    pub(crate) next_at: Timestamp,
    /// Who makes it.
    pub(crate) made_by: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = bot_schedule)]
struct ScheduleRow {
    id: i64,
    body: String,
    every_s: Option<i64>,
    cron: Option<String>,
    zone: Option<String>,
    until_at: Option<i64>,
    paused: bool,
    next_at: i64,
    last_at: Option<i64>,
    runs: i64,
    missed: i64,
    made_by: String,
}

fn schedule((row, bot): (ScheduleRow, String)) -> Schedule {
    Schedule {
        id: row.id,
        bot,
        body: row.body,
        rhythm: Rhythm::kept(row.every_s, row.cron, row.zone),
        until: row.until_at.map(from_micros),
        paused: row.paused,
        next_at: from_micros(row.next_at),
        last_at: row.last_at.map(from_micros),
        runs: row.runs,
        missed: row.missed,
        made_by: row.made_by,
    }
}

/// Writes a schedule and says its number.
pub(crate) fn schedule_insert(conn: &mut AnyConn, new: &NewSchedule, at: i64) -> Result<i64, StoreError> {
    let (every_s, cron, zone) = new.rhythm.parts();
    Ok(diesel::insert_into(bot_schedule::table)
        .values((
            bot_schedule::bot_id.eq(new.bot_id),
            bot_schedule::body.eq(&new.body),
            bot_schedule::every_s.eq(every_s),
            bot_schedule::cron.eq(cron),
            bot_schedule::zone.eq(zone),
            bot_schedule::until_at.eq(new.until.map(Timestamp::as_microsecond)),
            bot_schedule::paused.eq(false),
            bot_schedule::next_at.eq(new.next_at.as_microsecond()),
            bot_schedule::made_by.eq(&new.made_by),
            bot_schedule::made_at.eq(at),
        ))
        .returning(bot_schedule::id)
        .get_result(conn)?)
}

/// How many a bot has, or all have together.
pub(crate) fn schedule_count(conn: &mut AnyConn, bot_id: Option<i64>) -> Result<i64, StoreError> {
    let all = bot_schedule::table.count();
    Ok(match bot_id {
        Some(bot_id) => all.filter(bot_schedule::bot_id.eq(bot_id)).get_result(conn)?,
        None => all.get_result(conn)?,
    })
}

/// The schedule of that number.
pub(crate) fn schedule_by_id(conn: &mut AnyConn, id: i64) -> Result<Option<Schedule>, StoreError> {
    let found = bot_schedule::table
        .inner_join(bot::table)
        .filter(bot_schedule::id.eq(id))
        .select((ScheduleRow::as_select(), bot::name))
        .first(conn)
        .optional()?;
    Ok(found.map(schedule))
}

/// At most `limit` schedules with numbers above `after`, of one bot or of all, by number.
pub(crate) fn schedule_list(
    conn: &mut AnyConn,
    bot_name: Option<&str>,
    after: i64,
    limit: i64,
) -> Result<Vec<Schedule>, StoreError> {
    let mut query = bot_schedule::table
        .inner_join(bot::table)
        .filter(bot_schedule::id.gt(after))
        .order(bot_schedule::id)
        .limit(limit)
        .select((ScheduleRow::as_select(), bot::name))
        .into_boxed();
    if let Some(name) = bot_name {
        query = query.filter(bot::name.eq(name));
    }
    let rows: Vec<(ScheduleRow, String)> = query.load(conn)?;
    Ok(rows.into_iter().map(schedule).collect())
}

/// At most `limit` that are due, of bots that may speak; the one that waited longest first.
pub(crate) fn schedule_due(conn: &mut AnyConn, now: i64, limit: i64) -> Result<Vec<Schedule>, StoreError> {
    let rows: Vec<(ScheduleRow, String)> = bot_schedule::table
        .inner_join(bot::table)
        .filter(bot_schedule::paused.eq(false))
        .filter(bot_schedule::next_at.le(now))
        .filter(bot::clearance.eq(Clearance::Authorised.as_str()))
        .order(bot_schedule::next_at)
        .limit(limit)
        .select((ScheduleRow::as_select(), bot::name))
        .load(conn)?;
    Ok(rows.into_iter().map(schedule).collect())
}

/// It ran, and runs next at `next_at`; past its end it is stopped. Says whether it still was as `before` has it.
pub(crate) fn schedule_ran(
    conn: &mut AnyConn,
    before: &Schedule,
    at: i64,
    next_at: Timestamp,
    missed: i64,
) -> Result<bool, StoreError> {
    let is_over = before.until.is_some_and(|until| next_at > until);
    let still = bot_schedule::table
        .find(before.id)
        .filter(bot_schedule::paused.eq(false))
        .filter(bot_schedule::next_at.eq(before.next_at.as_microsecond()));
    let changed = diesel::update(still)
        .set((
            bot_schedule::last_at.eq(Some(at)),
            bot_schedule::next_at.eq(next_at.as_microsecond()),
            bot_schedule::runs.eq(bot_schedule::runs + 1),
            bot_schedule::missed.eq(bot_schedule::missed + missed),
            bot_schedule::paused.eq(is_over),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Stops it, or lets it go on with its next run at `next_at`.
pub(crate) fn schedule_pause(conn: &mut AnyConn, id: i64, paused: bool, next_at: Timestamp) -> Result<(), StoreError> {
    diesel::update(bot_schedule::table.find(id))
        .set((
            bot_schedule::paused.eq(paused),
            bot_schedule::next_at.eq(next_at.as_microsecond()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Stops all of a bot.
pub(crate) fn schedule_pause_all(conn: &mut AnyConn, bot_id: i64) -> Result<usize, StoreError> {
    let running = bot_schedule::table
        .filter(bot_schedule::bot_id.eq(bot_id))
        .filter(bot_schedule::paused.eq(false));
    Ok(diesel::update(running)
        .set(bot_schedule::paused.eq(true))
        .execute(conn)?)
}

/// Forgets it; says whether there was one.
pub(crate) fn schedule_delete(conn: &mut AnyConn, id: i64) -> Result<bool, StoreError> {
    Ok(diesel::delete(bot_schedule::table.find(id)).execute(conn)? == 1)
}
