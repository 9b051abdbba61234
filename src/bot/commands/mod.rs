//! Commands of bots: registering, letting, talking, schedules.
//!
//! Each reads its arguments, checks whether this caller may do it to this bot, asks the roster or the schedules, and
//! names the reply. Decisions are theirs.

mod authorisebot;
mod botmessage;
mod bots;
mod botschedules;
mod botstate;
mod newbotkey;
mod passing;
mod pauseschedule;
mod registerbot;
mod removebot;
mod removeschedule;
mod revokebot;
mod schedulebot;
mod view;

use super::roster;
use super::schedules;
use super::{Bot, Schedule};
use crate::command::Caller;
use crate::command::table::Table;
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::Refresh;
use crate::wire::ErrorCode;

pub(crate) use passing::pass_on_or_later;

/// Adds them to the table.
pub(crate) fn add_to(table: Table) -> Table {
    table
        .with::<authorisebot::AuthoriseBot>()
        .with::<botmessage::SayAsBot>()
        .with::<botschedules::BotSchedules>()
        .with::<botstate::BotStateOf>()
        .with::<bots::Bots>()
        .with::<newbotkey::NewBotKey>()
        .with::<pauseschedule::PauseSchedule>()
        .with::<registerbot::RegisterBot>()
        .with::<removebot::RemoveBot>()
        .with::<removeschedule::RemoveSchedule>()
        .with::<revokebot::RevokeBot>()
        .with::<schedulebot::ScheduleBot>()
}

/// The bot that calls, if one does.
pub(crate) async fn own(caller: &Caller, house: &House) -> Result<Option<Bot>, Error> {
    match caller.standing.key_id {
        Some(key) => Ok(roster::of_key(&house.store, key).await?),
        None => Ok(None),
    }
}

/// The bot that is meant: the one that calls, or the one that an operator names.
async fn meant(caller: &Caller, house: &House, named: Option<String>) -> Result<Bot, Error> {
    if caller.is_operator()
        && let Some(name) = named
    {
        return Ok(roster::get(&house.store, name).await?);
    }
    match own(caller, house).await? {
        Some(bot) if named.as_ref().is_none_or(|name| *name == bot.name) => Ok(bot),
        Some(_) => Err(Error::new(ErrorCode::Forbidden, "other bots are for operators")),
        None if caller.is_operator() => Err(Error::new(ErrorCode::BadArguments, "wanted the name of a bot")),
        None => Err(Error::new(
            ErrorCode::Forbidden,
            "bots are for operators and themselves",
        )),
    }
}

/// A schedule that this caller may touch; of another's nothing is said, not even that it is there.
async fn schedule(caller: &Caller, house: &House, id: i64) -> Result<Schedule, Error> {
    let own = own(caller, house).await?;
    if own.is_none() && !caller.is_operator() {
        return Err(Error::new(
            ErrorCode::Forbidden,
            "bots are for operators and themselves",
        ));
    }
    let found = schedules::find(&house.store, id).await?;
    if caller.is_operator() || own.is_some_and(|bot| bot.name == found.bot) {
        return Ok(found);
    }
    Err(super::BotError::NoSchedule(id).into())
}

/// Whoever has signed in by this key is sent away.
async fn send_away(house: &House, key: i64) -> Result<(), Error> {
    house.registry.ask(Refresh::KeyRevoked(key)).await?;
    Ok(())
}
