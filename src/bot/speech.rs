//! What bots say: written down first, with the events for webhooks, and passed on afterwards.
//!
//! Whether the bot may is looked at in the same transaction, so that nothing is said after it was shut out.

use jiff::Timestamp;

use super::roster::{building_existing, cleared, on_what};
use super::rules::body_check;
use super::store::{NewMessage, bot_by_key, bot_message_insert, bot_message_told, bot_message_untold};
use super::{Bot, BotError, BotMessage};
use crate::store::change::Change;
use crate::store::{AnyConn, Store, StoreError};
use crate::webhook::happening::{self, Happening};

/// Makes the answer that is kept for a retry.
pub(crate) type Keep = fn(&BotMessage) -> Option<Vec<u8>>;

/// Writes down what the bot of a key says now.
pub(crate) async fn say(
    store: &Store,
    key_id: i64,
    body: String,
    change: Change,
    keep: Keep,
) -> Result<BotMessage, BotError> {
    body_check(&body)?;
    let written = store.write(move |conn| {
        let bot = bot_by_key(conn, key_id)?.ok_or_else(|| StoreError::refused(BotError::Unknown))?;
        cleared(&bot).map_err(StoreError::refused)?;
        building_existing(conn, &bot.building)?;
        let said = write(conn, &bot, None, &body, change.at)?;
        let detail = Some(format!("message {}", said.id));
        change.record(conn, &on_what(&bot.name), "ok", detail, keep(&said).as_deref())?;
        Ok(said)
    });
    Ok(written.await?)
}

/// Writes down one message and who is to hear of it by webhook.
pub(super) fn write(
    conn: &mut AnyConn,
    bot: &Bot,
    schedule: Option<i64>,
    body: &str,
    at: Timestamp,
) -> Result<BotMessage, StoreError> {
    let new = NewMessage {
        bot: &bot.name,
        building: &bot.building,
        schedule,
        body,
    };
    let id = bot_message_insert(conn, &new, at.as_microsecond())?;
    let said = BotMessage {
        id,
        bot: bot.name.clone(),
        building: bot.building.clone(),
        schedule,
        body: body.to_owned(),
        at,
        told: None,
    };
    happening::enqueue(conn, &Happening::bot_message(&said), at)?;
    Ok(said)
}

/// What was written before `before` and not passed on: the process ended in between, or nobody could take it.
pub(crate) async fn untold(store: &Store, before: Timestamp, limit: i64) -> Result<Vec<BotMessage>, BotError> {
    let before = before.as_microsecond();
    Ok(store.read(move |conn| bot_message_untold(conn, before, limit)).await?)
}

/// It was passed on to so many people.
pub(crate) async fn told(store: &Store, id: i64, people: usize) -> Result<(), BotError> {
    let people = i64::try_from(people).unwrap_or(i64::MAX);
    Ok(store.write(move |conn| bot_message_told(conn, id, people)).await?)
}
