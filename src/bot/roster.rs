//! The roster: bots registered, let, shut out, given another key, removed. Each change with its audit event in one
//! transaction; whether the caller may was decided before.
//!
//! A key is shown once and kept as its hash.

use super::store::{
    NewBot, bot_by_key, bot_by_name, bot_count, bot_count_waiting, bot_decide, bot_delete, bot_insert, bot_key_taken,
    bot_list, bot_set_key, schedule_pause_all,
};
use super::{Bot, BotError, Clearance};
use crate::account::keys::key_new;
use crate::account::store::{NewKey, key_insert, key_revoke, token_delete_for_key};
use crate::account::{KeyKind, SecretText};
use crate::place::store::building_find;
use crate::store::change::Change;
use crate::store::{AnyConn, Store, StoreError};
use crate::webhook::store::hook_delete_for_bot;

/// Bots that one registrar may have waiting.
pub(crate) const WAITING_PER_REGISTRAR_MAX: usize = 8;

/// Makes the answer that is kept for a retry, out of the bot as it is now.
pub(crate) type Keep = fn(&Bot) -> Option<Vec<u8>>;

/// Registers a bot, which then waits for an operator. Its key is shown this once.
pub(crate) async fn register(
    store: &Store,
    name: String,
    building: String,
    bots_max: usize,
    change: Change,
) -> Result<(Bot, SecretText), BotError> {
    let secret = key_new(KeyKind::Bot)?;
    let key = new_key(&name, &secret, &change);
    let written = store.write(move |conn| {
        if bot_by_name(conn, &name)?.is_some() || bot_key_taken(conn, &name)? {
            return Err(StoreError::refused(BotError::Exists));
        }
        bound("bots", bot_count(conn)?, bots_max)?;
        let waiting = bot_count_waiting(conn, &change.who)?;
        bound("bots of yours that wait", waiting, WAITING_PER_REGISTRAR_MAX)?;
        building_existing(conn, &building)?;
        let at = change.at.as_microsecond();
        let key_id = key_insert(conn, &key, at)?;
        let new = NewBot {
            name,
            building,
            key_id,
            registered_by: change.who.clone(),
        };
        bot_insert(conn, &new, at)?;
        let detail = format!("key {key_id}");
        change.record(conn, &on_what(&new.name), "ok", Some(detail), None)?;
        existing(conn, &new.name)
    });
    Ok((written.await?, secret))
}

/// Lets a bot speak, or takes that back together with its tokens and the force of its schedules.
pub(crate) async fn decide(
    store: &Store,
    name: String,
    clearance: Clearance,
    change: Change,
    keep: Keep,
) -> Result<Bot, BotError> {
    let written = store.write(move |conn| decide_now(conn, &name, clearance, &change, keep));
    Ok(written.await?)
}

/// The same inside the caller's transaction.
pub(crate) fn decide_now(
    conn: &mut AnyConn,
    name: &str,
    clearance: Clearance,
    change: &Change,
    keep: Keep,
) -> Result<Bot, StoreError> {
    let bot = existing(conn, name)?;
    bot_decide(conn, bot.id, clearance, &change.who, change.at.as_microsecond())?;
    if clearance != Clearance::Authorised {
        token_delete_for_key(conn, bot.key_id)?;
        schedule_pause_all(conn, bot.id)?;
    }
    let bot = existing(conn, name)?;
    let detail = Some(clearance.as_str().to_owned());
    change.record(conn, &on_what(name), "ok", detail, keep(&bot).as_deref())?;
    Ok(bot)
}

/// Puts a new key in the place of a bot's key, whose force ends. Gives the bot, its key before, and the new one, which is
/// shown this once.
pub(crate) async fn new_key_for(
    store: &Store,
    name: String,
    change: Change,
) -> Result<(Bot, i64, SecretText), BotError> {
    let secret = key_new(KeyKind::Bot)?;
    let key = new_key(&name, &secret, &change);
    let written = store.write(move |conn| {
        let bot = existing(conn, &name)?;
        let at = change.at.as_microsecond();
        key_revoke(conn, bot.key_id, at)?;
        let key_id = key_insert(conn, &key, at)?;
        bot_set_key(conn, bot.id, key_id)?;
        let detail = format!("key {key_id} in place of key {}", bot.key_id);
        change.record(conn, &on_what(&name), "ok", Some(detail), None)?;
        Ok((existing(conn, &name)?, bot.key_id))
    });
    let (bot, before) = written.await?;
    Ok((bot, before, secret))
}

/// Forgets a bot with its key, schedules and webhooks. What it said stays in the log of its building.
pub(crate) async fn remove(store: &Store, name: String, change: Change, keep: Keep) -> Result<Bot, BotError> {
    let written = store.write(move |conn| {
        let bot = existing(conn, &name)?;
        key_revoke(conn, bot.key_id, change.at.as_microsecond())?;
        hook_delete_for_bot(conn, bot.id)?;
        bot_delete(conn, bot.id)?;
        change.record(conn, &on_what(&name), "ok", None, keep(&bot).as_deref())?;
        Ok(bot)
    });
    Ok(written.await?)
}

/// The bot of that name.
pub(crate) async fn find(store: &Store, name: String) -> Result<Option<Bot>, BotError> {
    Ok(store.read(move |conn| bot_by_name(conn, &name)).await?)
}

/// The bot of that name, or why there is none.
pub(crate) async fn get(store: &Store, name: String) -> Result<Bot, BotError> {
    find(store, name).await?.ok_or(BotError::Unknown)
}

/// The bot that signs in by this key, if it is registered.
pub(crate) async fn of_key(store: &Store, key_id: i64) -> Result<Option<Bot>, BotError> {
    Ok(store.read(move |conn| bot_by_key(conn, key_id)).await?)
}

/// Whether whoever has this key may come in: a registered bot only while it is let, any other key as before.
pub(crate) async fn may_come(store: &Store, key_id: i64) -> Result<(), BotError> {
    of_key(store, key_id).await?.map_or(Ok(()), |bot| cleared(&bot))
}

/// At most `limit` bots with names behind `after`.
pub(crate) async fn list(
    store: &Store,
    authorised: Option<bool>,
    after: String,
    limit: i64,
) -> Result<Vec<Bot>, BotError> {
    Ok(store
        .read(move |conn| bot_list(conn, authorised, &after, limit))
        .await?)
}

/// Why this bot may not speak, if it may not.
pub(crate) fn cleared(bot: &Bot) -> Result<(), BotError> {
    match bot.clearance {
        Clearance::Authorised => Ok(()),
        Clearance::Waiting => Err(BotError::Waiting),
        Clearance::Revoked => Err(BotError::Revoked),
    }
}

/// The bot of that name inside a transaction.
pub(super) fn existing(conn: &mut AnyConn, name: &str) -> Result<Bot, StoreError> {
    bot_by_name(conn, name)?.ok_or_else(|| StoreError::refused(BotError::Unknown))
}

/// The building must be there. It is looked for where something is written: it may go at any time.
pub(super) fn building_existing(conn: &mut AnyConn, id: &str) -> Result<(), StoreError> {
    if building_find(conn, id)?.is_some() {
        return Ok(());
    }
    Err(StoreError::refused(BotError::NoBuilding(id.to_owned())))
}

/// One more must fit.
pub(super) fn bound(what: &'static str, there: i64, max: usize) -> Result<(), StoreError> {
    if usize::try_from(there).is_ok_and(|there| there < max) {
        return Ok(());
    }
    Err(StoreError::refused(BotError::Full { what, max }))
}

/// What a bot is called in the audit log.
pub(super) fn on_what(name: &str) -> String {
    format!("bot:{name}")
}

fn new_key(name: &str, secret: &SecretText, change: &Change) -> NewKey {
    NewKey {
        key_hash: secret.hash(),
        kind: KeyKind::Bot,
        name: name.to_owned(),
        car_id: None,
        made_by: change.who.clone(),
    }
}
