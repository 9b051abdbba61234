//! Bots and schedules as they are answered.

use schemars::JsonSchema;
use serde::Serialize;

use crate::bot::{Bot, BotMessage, Schedule};
use crate::command::dispatch::kept;

/// A bot.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct BotView {
    bot: String,
    building: String,
    /// waiting, authorised or revoked.
    clearance: &'static str,
    authorised: bool,
    registered_by: String,
    registered_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<String>,
}

impl From<&Bot> for BotView {
    fn from(bot: &Bot) -> Self {
        Self {
            bot: bot.name.clone(),
            building: bot.building.clone(),
            clearance: bot.clearance.as_str(),
            authorised: bot.clearance == crate::bot::Clearance::Authorised,
            registered_by: bot.registered_by.clone(),
            registered_at: bot.registered_at.to_string(),
            decided_by: bot.decided_by.clone(),
            decided_at: bot.decided_at.map(|at| at.to_string()),
        }
    }
}

/// A bot with its key, which is shown this once.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct KeyView {
    pub(super) bot: String,
    pub(super) building: String,
    /// Shown this once; the store has its hash alone.
    pub(super) key: String,
    pub(super) clearance: &'static str,
}

/// A schedule.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ScheduleView {
    schedule: i64,
    bot: String,
    body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    every_s: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cron: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    paused: bool,
    next_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_at: Option<String>,
    runs: i64,
    missed: i64,
    made_by: String,
}

impl From<&Schedule> for ScheduleView {
    fn from(schedule: &Schedule) -> Self {
        let (every_s, cron, zone) = schedule.rhythm.parts();
        Self {
            schedule: schedule.id,
            bot: schedule.bot.clone(),
            body: schedule.body.clone(),
            every_s,
            cron: cron.map(str::to_owned),
            zone: zone.map(str::to_owned),
            until: schedule.until.map(|at| at.to_string()),
            paused: schedule.paused,
            next_at: schedule.next_at.to_string(),
            last_at: schedule.last_at.map(|at| at.to_string()),
            runs: schedule.runs,
            missed: schedule.missed,
            made_by: schedule.made_by.clone(),
        }
    }
}

/// What a bot said, to the bot.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SaidView {
    message: i64,
    bot: String,
    building: String,
    at: String,
}

impl From<&BotMessage> for SaidView {
    fn from(said: &BotMessage) -> Self {
        Self {
            message: said.id,
            bot: said.bot.clone(),
            building: said.building.clone(),
            at: said.at.to_string(),
        }
    }
}

/// The bytes under which these replies are kept for retries.
pub(super) fn kept_bot(bot: &Bot) -> Option<Vec<u8>> {
    kept(Ok(BotView::from(bot)))
}

pub(super) fn kept_schedule(schedule: &Schedule) -> Option<Vec<u8>> {
    kept(Ok(ScheduleView::from(schedule)))
}

pub(super) fn kept_said(said: &BotMessage) -> Option<Vec<u8>> {
    kept(Ok(SaidView::from(said)))
}
