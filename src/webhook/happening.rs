//! Something that happened, on its way into the queues of those who asked for it.
//!
//! Written in the transaction of what it tells of. A queue has a bound; what finds no room is counted and lost.

use diesel::prelude::*;
use jiff::Timestamp;
use serde::Serialize;

use super::rules::{BOT_MESSAGE, CHANGE, wants_change};
use super::store::{delivery_count, delivery_insert, hook_list_enabled, hook_looked, hook_lost};
use super::{Owner, Webhook};
use crate::bot::BotMessage;
use crate::runtime::clock::from_micros;
use crate::runtime::metrics::webhooks_lost;
use crate::store::audit::AuditRow;
use crate::store::schema::{audit_event, bot};
use crate::store::{AnyConn, StoreError};

/// Things that wait for one webhook; one more is lost.
pub(crate) const QUEUE_MAX: i64 = 1_000;
/// Audit events that are looked at in one step.
const LOOK_MAX: i64 = 200;

/// What is sent, around the particulars.
#[derive(Serialize)]
struct Envelope<'a, T> {
    /// The name of the event.
    #[serde(rename = "type")]
    event: &'a str,
    /// When it happened.
    timestamp: Timestamp,
    data: &'a T,
}

/// What a bot said.
#[derive(Serialize)]
struct Said<'a> {
    message: i64,
    bot: &'a str,
    building: &'a str,
    body: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule: Option<i64>,
}

/// What was changed: who and what, never the particulars of it.
#[derive(Serialize)]
struct Changed<'a> {
    change: i64,
    who: &'a str,
    what: &'a str,
    on_what: &'a str,
    result: &'a str,
}

/// Something that happened.
#[derive(Debug)]
pub(crate) struct Happening<'a> {
    event: &'static str,
    /// The building it happened in, which decides which bots may hear of it.
    building: &'a str,
    body: String,
}

impl<'a> Happening<'a> {
    /// A bot said this.
    pub(crate) fn bot_message(said: &'a BotMessage) -> Self {
        let particulars = Said {
            message: said.id,
            bot: &said.bot,
            building: &said.building,
            body: &said.body,
            schedule: said.schedule,
        };
        Self {
            event: BOT_MESSAGE,
            building: &said.building,
            body: body(BOT_MESSAGE, said.at, &particulars),
        }
    }
}

/// The text of an event.
pub(super) fn body(event: &str, timestamp: Timestamp, data: &impl Serialize) -> String {
    let envelope = Envelope { event, timestamp, data };
    // Numbers and text always become JSON.
    serde_json::to_string(&envelope).unwrap_or_default()
}

/// Puts it into the queue of each who asked for it and may hear of it.
pub(crate) fn enqueue(conn: &mut AnyConn, happening: &Happening<'_>, at: Timestamp) -> Result<(), StoreError> {
    for hook in hook_list_enabled(conn)? {
        if !hook.events.iter().any(|event| event == happening.event) {
            continue;
        }
        if let Owner::Bot(id) = hook.owner
            && building_of(conn, id)?.is_none_or(|building| building != happening.building)
        {
            continue;
        }
        if !put(conn, &hook, happening.event, &happening.body, at)? {
            hook_lost(conn, hook.id)?;
            webhooks_lost();
        }
    }
    Ok(())
}

/// Puts one thing into one queue; says whether there was room.
pub(super) fn put(
    conn: &mut AnyConn,
    hook: &Webhook,
    event: &str,
    body: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    if delivery_count(conn, hook.id)? >= QUEUE_MAX {
        return Ok(false);
    }
    let delivery = uuid::Uuid::new_v4().to_string();
    delivery_insert(conn, hook.id, &delivery, event, body, at)?;
    Ok(true)
}

/// Passes changes on to a webhook that asked for them, from where it left off, as far as there is room. They are not
/// lost where there is none: the audit log has them.
pub(super) fn look(conn: &mut AnyConn, hook: &Webhook) -> Result<usize, StoreError> {
    let rows: Vec<AuditRow> = audit_event::table
        .filter(audit_event::id.gt(hook.audit_after))
        .order(audit_event::id)
        .limit(LOOK_MAX)
        .select(AuditRow::as_select())
        .load(conn)?;
    let (mut seen, mut put_in) = (hook.audit_after, 0);
    for row in rows {
        if wants_change(&hook.events, &row.on_what) {
            let at = from_micros(row.at);
            let changed = Changed {
                change: row.id,
                who: &row.who,
                what: &row.what,
                on_what: &row.on_what,
                result: &row.result,
            };
            if !put(conn, hook, CHANGE, &body(CHANGE, at, &changed), at)? {
                break;
            }
            put_in += 1;
        }
        seen = row.id;
    }
    if seen != hook.audit_after {
        hook_looked(conn, hook.id, seen)?;
    }
    Ok(put_in)
}

/// Whether it asked for changes of any kind.
pub(super) fn wants_changes(hook: &Webhook) -> bool {
    hook.events.iter().any(|event| event.starts_with(CHANGE))
}

fn building_of(conn: &mut AnyConn, id: i64) -> Result<Option<String>, StoreError> {
    Ok(bot::table.find(id).select(bot::building).first(conn).optional()?)
}
