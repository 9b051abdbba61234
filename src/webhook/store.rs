//! The tables `webhook` and `webhook_delivery`.
//!
//! Each query runs inside the caller's transaction. Nothing here decides.

use diesel::prelude::*;
use jiff::Timestamp;

use super::{Delivery, Owner, Webhook};
use crate::booking::UserId;
use crate::runtime::clock::from_micros;
use crate::store::schema::{audit_event, webhook, webhook_delivery};
use crate::store::{AnyConn, StoreError};

/// A webhook to be written.
#[derive(Debug, Clone)]
pub(crate) struct NewHook {
    /// Whose.
    pub(crate) owner: Owner,
    /// Where to.
    pub(crate) url: String,
    /// Which events.
    pub(crate) events: Vec<String>,
    /// Of its secret.
    pub(crate) salt: Vec<u8>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = webhook)]
struct HookRow {
    id: i64,
    user_id: Option<i64>,
    bot_id: Option<i64>,
    url: String,
    events: String,
    salt: Vec<u8>,
    enabled: bool,
    reason: Option<String>,
    failures: i32,
    next_at: i64,
    audit_after: i64,
    lost: i64,
    made_at: i64,
}

impl From<HookRow> for Webhook {
    fn from(row: HookRow) -> Self {
        Self {
            id: row.id,
            owner: match row.bot_id {
                Some(bot) => Owner::Bot(bot),
                None => Owner::Person(UserId(row.user_id.unwrap_or_default())),
            },
            url: row.url,
            events: row.events.split_whitespace().map(str::to_owned).collect(),
            salt: row.salt,
            enabled: row.enabled,
            reason: row.reason,
            failures: row.failures,
            next_at: from_micros(row.next_at),
            audit_after: row.audit_after,
            lost: row.lost,
            made_at: from_micros(row.made_at),
        }
    }
}

/// Both columns of an owner.
fn columns(owner: Owner) -> (Option<i64>, Option<i64>) {
    match owner {
        Owner::Person(user) => (Some(user.0), None),
        Owner::Bot(bot) => (None, Some(bot)),
    }
}

/// Writes a webhook.
pub(crate) fn hook_insert(conn: &mut AnyConn, new: &NewHook, at: i64) -> Result<i64, StoreError> {
    let (user, bot) = columns(new.owner);
    Ok(diesel::insert_into(webhook::table)
        .values((
            webhook::user_id.eq(user),
            webhook::bot_id.eq(bot),
            webhook::url.eq(&new.url),
            webhook::events.eq(new.events.join(" ")),
            webhook::salt.eq(&new.salt),
            webhook::enabled.eq(true),
            webhook::next_at.eq(at),
            webhook::audit_after.eq(0_i64),
            webhook::made_at.eq(at),
        ))
        .returning(webhook::id)
        .get_result(conn)?)
}

/// The webhook of that number.
pub(crate) fn hook_find(conn: &mut AnyConn, id: i64) -> Result<Option<Webhook>, StoreError> {
    let row = webhook::table.find(id).select(HookRow::as_select());
    Ok(row.first(conn).optional()?.map(Webhook::from))
}

/// At most `limit` webhooks with numbers above `after`, of one owner or of all.
pub(crate) fn hook_list(
    conn: &mut AnyConn,
    owner: Option<Owner>,
    after: i64,
    limit: i64,
) -> Result<Vec<Webhook>, StoreError> {
    let mut query = webhook::table
        .filter(webhook::id.gt(after))
        .order(webhook::id)
        .limit(limit)
        .select(HookRow::as_select())
        .into_boxed();
    query = match owner {
        Some(Owner::Person(user)) => query.filter(webhook::user_id.eq(user.0)),
        Some(Owner::Bot(bot)) => query.filter(webhook::bot_id.eq(bot)),
        None => query,
    };
    let rows: Vec<HookRow> = query.load(conn)?;
    Ok(rows.into_iter().map(Webhook::from).collect())
}

/// Every webhook that is delivered to; their number is bounded.
pub(crate) fn hook_list_enabled(conn: &mut AnyConn) -> Result<Vec<Webhook>, StoreError> {
    let rows: Vec<HookRow> = webhook::table
        .filter(webhook::enabled.eq(true))
        .order(webhook::id)
        .select(HookRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Webhook::from).collect())
}

/// How many an owner has, or all have together.
pub(crate) fn hook_count(conn: &mut AnyConn, owner: Option<Owner>) -> Result<i64, StoreError> {
    let all = webhook::table.count();
    Ok(match owner {
        Some(Owner::Person(user)) => all.filter(webhook::user_id.eq(user.0)).get_result(conn)?,
        Some(Owner::Bot(bot)) => all.filter(webhook::bot_id.eq(bot)).get_result(conn)?,
        None => all.get_result(conn)?,
    })
}

/// Switches it on, behind everything that happened meanwhile, or off for a reason.
pub(crate) fn hook_switch(conn: &mut AnyConn, id: i64, reason: Option<&str>, at: i64) -> Result<(), StoreError> {
    let audit_after = audit_latest(conn)?;
    diesel::update(webhook::table.find(id))
        .set((
            webhook::enabled.eq(reason.is_none()),
            webhook::reason.eq(reason),
            webhook::failures.eq(0),
            webhook::next_at.eq(at),
            webhook::audit_after.eq(audit_after),
        ))
        .execute(conn)?;
    Ok(())
}

/// Gives it another secret.
pub(crate) fn hook_set_salt(conn: &mut AnyConn, id: i64, salt: &[u8]) -> Result<(), StoreError> {
    diesel::update(webhook::table.find(id))
        .set(webhook::salt.eq(salt))
        .execute(conn)?;
    Ok(())
}

/// Remembers failures in a row and when to try again.
pub(crate) fn hook_failed(conn: &mut AnyConn, id: i64, failures: i32, next_at: i64) -> Result<(), StoreError> {
    diesel::update(webhook::table.find(id))
        .set((webhook::failures.eq(failures), webhook::next_at.eq(next_at)))
        .execute(conn)?;
    Ok(())
}

/// It has looked at audit events up to this one.
pub(crate) fn hook_looked(conn: &mut AnyConn, id: i64, audit_after: i64) -> Result<(), StoreError> {
    diesel::update(webhook::table.find(id))
        .set(webhook::audit_after.eq(audit_after))
        .execute(conn)?;
    Ok(())
}

/// An event found no room.
pub(crate) fn hook_lost(conn: &mut AnyConn, id: i64) -> Result<(), StoreError> {
    diesel::update(webhook::table.find(id))
        .set(webhook::lost.eq(webhook::lost + 1))
        .execute(conn)?;
    Ok(())
}

/// Forgets a webhook and what waits for it; says whether there was one.
pub(crate) fn hook_delete(conn: &mut AnyConn, id: i64) -> Result<bool, StoreError> {
    diesel::delete(webhook_delivery::table.filter(webhook_delivery::webhook_id.eq(id))).execute(conn)?;
    Ok(diesel::delete(webhook::table.find(id)).execute(conn)? == 1)
}

/// Forgets all of a bot.
pub(crate) fn hook_delete_for_bot(conn: &mut AnyConn, bot: i64) -> Result<usize, StoreError> {
    delete_of(conn, Owner::Bot(bot))
}

/// Forgets all of a person.
pub(crate) fn hook_delete_for_user(conn: &mut AnyConn, user: UserId) -> Result<usize, StoreError> {
    delete_of(conn, Owner::Person(user))
}

fn delete_of(conn: &mut AnyConn, owner: Owner) -> Result<usize, StoreError> {
    let theirs = hook_list(conn, Some(owner), 0, i64::MAX)?;
    for hook in &theirs {
        hook_delete(conn, hook.id)?;
    }
    Ok(theirs.len())
}

/// Puts something into the queue of a webhook.
pub(crate) fn delivery_insert(
    conn: &mut AnyConn,
    hook: i64,
    delivery: &str,
    event: &str,
    body: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    diesel::insert_into(webhook_delivery::table)
        .values((
            webhook_delivery::webhook_id.eq(hook),
            webhook_delivery::delivery.eq(delivery),
            webhook_delivery::event.eq(event),
            webhook_delivery::body.eq(body),
            webhook_delivery::made_at.eq(at.as_microsecond()),
        ))
        .execute(conn)?;
    Ok(())
}

/// How many wait for a webhook.
pub(crate) fn delivery_count(conn: &mut AnyConn, hook: i64) -> Result<i64, StoreError> {
    Ok(webhook_delivery::table
        .filter(webhook_delivery::webhook_id.eq(hook))
        .count()
        .get_result(conn)?)
}

/// At most `limit` that wait for a webhook, oldest first.
pub(crate) fn delivery_list(conn: &mut AnyConn, hook: i64, limit: i64) -> Result<Vec<Delivery>, StoreError> {
    let rows: Vec<(i64, String, String, String)> = webhook_delivery::table
        .filter(webhook_delivery::webhook_id.eq(hook))
        .order(webhook_delivery::id)
        .limit(limit)
        .select((
            webhook_delivery::id,
            webhook_delivery::delivery,
            webhook_delivery::event,
            webhook_delivery::body,
        ))
        .load(conn)?;
    let delivery = |(id, delivery, event, body)| Delivery {
        id,
        delivery,
        event,
        body,
    };
    Ok(rows.into_iter().map(delivery).collect())
}

/// Webhooks that are due: enabled, not waiting after a failure, with something to deliver; at most `limit`, the one that
/// has waited longest first.
pub(crate) fn hook_list_due(conn: &mut AnyConn, now: i64, limit: i64) -> Result<Vec<Webhook>, StoreError> {
    let has_mail = diesel::dsl::exists(webhook_delivery::table.filter(webhook_delivery::webhook_id.eq(webhook::id)));
    let rows: Vec<HookRow> = webhook::table
        .filter(webhook::enabled.eq(true))
        .filter(webhook::next_at.le(now))
        .filter(has_mail)
        .order((webhook::next_at, webhook::id))
        .limit(limit)
        .select(HookRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Webhook::from).collect())
}

/// It was taken: it goes, and the failures before it are forgotten.
pub(crate) fn delivery_taken(conn: &mut AnyConn, hook: i64, delivery: i64, at: i64) -> Result<(), StoreError> {
    diesel::delete(webhook_delivery::table.find(delivery)).execute(conn)?;
    hook_failed(conn, hook, 0, at)
}

/// The number of the newest audit event; 0 when there is none.
pub(crate) fn audit_latest(conn: &mut AnyConn) -> Result<i64, StoreError> {
    let latest: Option<i64> = audit_event::table
        .select(diesel::dsl::max(audit_event::id))
        .first(conn)?;
    Ok(latest.unwrap_or(0))
}
