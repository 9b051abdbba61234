//! Schedules: made, stopped, taken away, and run. A run is one transaction: what is said is written and the next time
//! is set, or neither, so that the process may end at any point without a run too many or a place lost.

use jiff::Timestamp;

use super::roster::{bound, building_existing, existing, on_what};
use super::rules::body_check;
use super::speech;
use super::store::{
    NewSchedule, schedule_by_id, schedule_count, schedule_delete, schedule_due, schedule_insert, schedule_list,
    schedule_pause, schedule_ran,
};
use super::{BotError, BotMessage, Rhythm, Schedule};
use crate::place::store::building_find;
use crate::store::change::Change;
use crate::store::{AnyConn, Store, StoreError};

/// Bounds of schedules.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Schedules of one bot.
    pub(crate) per_bot: usize,
    /// Schedules of all.
    pub(crate) total: usize,
}

/// Makes the answer that is kept for a retry.
pub(crate) type Keep = fn(&Schedule) -> Option<Vec<u8>>;

/// A schedule as it is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// The bot.
    pub(crate) bot: String,
    /// What is said.
    pub(crate) body: String,
    /// When.
    pub(crate) rhythm: Rhythm,
    /// After which it does not run any more.
    pub(crate) until: Option<Timestamp>,
}

/// Makes a schedule.
pub(crate) async fn make(
    store: &Store,
    draft: Draft,
    bounds: Bounds,
    change: Change,
    keep: Keep,
) -> Result<Schedule, BotError> {
    body_check(&draft.body)?;
    let next_at = draft.rhythm.first(change.at)?;
    if draft.until.is_some_and(|until| until < next_at) {
        return Err(BotError::Over);
    }
    let written = store.write(move |conn| {
        let bot = existing(conn, &draft.bot)?;
        building_existing(conn, &bot.building)?;
        bound(
            "schedules of this bot",
            schedule_count(conn, Some(bot.id))?,
            bounds.per_bot,
        )?;
        bound("schedules", schedule_count(conn, None)?, bounds.total)?;
        let new = NewSchedule {
            bot_id: bot.id,
            body: draft.body,
            rhythm: draft.rhythm,
            until: draft.until,
            next_at,
            made_by: change.who.clone(),
        };
        let id = schedule_insert(conn, &new, change.at.as_microsecond())?;
        let made = known(conn, id)?;
        let detail = Some(format!("schedule {id}"));
        change.record(conn, &on_what(&bot.name), "ok", detail, keep(&made).as_deref())?;
        Ok(made)
    });
    Ok(written.await?)
}

/// The schedule of that number.
pub(crate) async fn find(store: &Store, id: i64) -> Result<Schedule, BotError> {
    Ok(store.read(move |conn| known(conn, id)).await?)
}

/// At most `limit` schedules with numbers above `after`, of one bot or of all.
pub(crate) async fn list(
    store: &Store,
    bot: Option<String>,
    after: i64,
    limit: i64,
) -> Result<Vec<Schedule>, BotError> {
    let listed = store.read(move |conn| schedule_list(conn, bot.as_deref(), after, limit));
    Ok(listed.await?)
}

/// Stops a schedule, or lets it go on with its next time from now.
pub(crate) async fn pause(
    store: &Store,
    id: i64,
    paused: bool,
    change: Change,
    keep: Keep,
) -> Result<Schedule, BotError> {
    let written = store.write(move |conn| {
        let schedule = known(conn, id)?;
        if !paused {
            let building = existing(conn, &schedule.bot)?.building;
            building_existing(conn, &building)?;
        }
        let next_at = if paused || !schedule.paused {
            schedule.next_at
        } else {
            let next = schedule.rhythm.after(schedule.next_at, change.at);
            let (next_at, _) = next.map_err(|err| StoreError::refused(BotError::Rhythm(err)))?;
            // What is not due yet keeps its time.
            next_at.min(schedule.next_at.max(change.at))
        };
        if !paused && schedule.until.is_some_and(|until| until < next_at) {
            return Err(StoreError::refused(BotError::Over));
        }
        schedule_pause(conn, id, paused, next_at)?;
        let now = known(conn, id)?;
        let detail = if paused { "paused" } else { "goes on" };
        let detail = Some(format!("schedule {id} {detail}"));
        change.record(conn, &on_what(&now.bot), "ok", detail, keep(&now).as_deref())?;
        Ok(now)
    });
    Ok(written.await?)
}

/// Takes a schedule away; answers what it was.
pub(crate) async fn remove(store: &Store, id: i64, change: Change, keep: Keep) -> Result<Schedule, BotError> {
    let written = store.write(move |conn| {
        let was = known(conn, id)?;
        schedule_delete(conn, id)?;
        let detail = Some(format!("schedule {id} removed"));
        change.record(conn, &on_what(&was.bot), "ok", detail, keep(&was).as_deref())?;
        Ok(was)
    });
    Ok(written.await?)
}

/// Runs what is due, at most `limit`; gives what is to be passed on.
pub(crate) async fn run_due(store: &Store, now: Timestamp, limit: i64) -> Result<Vec<BotMessage>, BotError> {
    let at = now.as_microsecond();
    // Looked at by a reader first: most seconds nothing is due, and the writer need not hear of them.
    let due = store.read(move |conn| schedule_due(conn, at, limit)).await?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let ran = store.write(move |conn| {
        let mut said = Vec::new();
        for schedule in schedule_due(conn, at, limit)? {
            said.extend(run(conn, &schedule, now)?);
        }
        Ok(said)
    });
    Ok(ran.await?)
}

/// One run, or the end of a schedule whose time is over or whose building is gone.
fn run(conn: &mut AnyConn, schedule: &Schedule, now: Timestamp) -> Result<Option<BotMessage>, StoreError> {
    let bot = existing(conn, &schedule.bot)?;
    let is_over = schedule.until.is_some_and(|until| until < now) || building_find(conn, &bot.building)?.is_none();
    let next = schedule.rhythm.after(schedule.next_at, now);
    let (Ok((next_at, missed)), false) = (next, is_over) else {
        // It has had its time, there is nowhere to say it, or the zone it was made for is not known any more.
        schedule_pause(conn, schedule.id, true, schedule.next_at)?;
        return Ok(None);
    };
    if !schedule_ran(conn, schedule, now.as_microsecond(), next_at, missed)? {
        return Ok(None);
    }
    speech::write(conn, &bot, Some(schedule.id), &schedule.body, now).map(Some)
}

fn known(conn: &mut AnyConn, id: i64) -> Result<Schedule, StoreError> {
    schedule_by_id(conn, id)?.ok_or_else(|| StoreError::refused(BotError::NoSchedule(id)))
}
