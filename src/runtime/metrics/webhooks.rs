//! Figures of bots and webhooks. Never what was said, nor where to.

use ::metrics::counter;

use super::{install, names};

/// Counts a delivery by what became of it: ok, gone or the cause of its failure.
pub fn webhook_carried(outcome: &'static str) {
    drop(install());
    counter!(names::WEBHOOK_DELIVERIES, "outcome" => outcome).increment(1);
}

/// Counts an event that found the queue of a webhook full.
pub fn webhooks_lost() {
    drop(install());
    counter!(names::WEBHOOK_EVENTS_LOST).increment(1);
}

/// Counts something a bot said, and the people it was passed on to.
pub fn bot_said(by: &'static str, people: usize) {
    drop(install());
    counter!(names::BOT_MESSAGES, "by" => by).increment(1);
    counter!(names::BOT_DELIVERIES).increment(u64::try_from(people).unwrap_or(u64::MAX));
}

/// Counts runs of schedules that were due while nobody could make them.
pub fn schedule_runs_missed(runs: u64) {
    drop(install());
    counter!(names::SCHEDULE_RUNS_MISSED).increment(runs);
}
