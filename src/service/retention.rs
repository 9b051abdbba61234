//! `retention`: lets go of what has had its time. Answers to old request ids, resume tokens, invitations, bans and mutes
//! past their end, messages past theirs, the oldest lines of full inboxes, what bots said, and, where the configuration
//! says so, old sign-ins and audit events.
//!
//! Works in small pieces, so that the writer is never held for long.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::recipe::{Repeating, Rhythm};
use crate::account::store::{code_delete_expired, sign_in_event_prune, token_delete_expired};
use crate::bot::store::bot_message_prune;
use crate::error::Error;
use crate::house::House;
use crate::message::store::{cursor_delete_old, inbox_purge_over, message_purge, notice_purge};
use crate::store::audit::audit_prune;
use crate::store::request::request_prune;
use crate::store::sanction::sanction_delete_ended;

/// Rows of each table removed in one commit.
const ROWS_MAX: i64 = 1_000;

/// Holds nothing but the way to the store.
pub(crate) struct Retention;

impl Repeating for Retention {
    const NAME: &'static str = "retention";

    fn rhythm(house: &House) -> Rhythm {
        Rhythm::every(Duration::from_secs(house.config.services.retention_seconds))
    }

    fn fresh(_house: &House) -> Self {
        Self
    }

    async fn round(&mut self, house: &House) -> Result<String, Error> {
        let now = house.clock.now();
        let requests_before = hours_ago(now, house.config.limits.request_hours);
        let inbox_lines = i64::try_from(house.config.limits.inbox_lines).unwrap_or(i64::MAX);
        // Nobody comes back to a place by a token that is no longer good.
        let places_before = hours_ago(now, house.config.limits.resume_hours.saturating_add(1));
        let audit_days = house.config.services.audit_days;
        let audit_before = hours_ago(now, audit_days.saturating_mul(24));
        let message_days = house.config.bots.message_days;
        let messages_before = hours_ago(now, message_days.saturating_mul(24));
        let sign_in_days = house.config.services.sign_in_days;
        let sign_ins_before = hours_ago(now, sign_in_days.saturating_mul(24));
        let removed = house.store.write(move |conn| {
            let now = now.as_microsecond();
            let answers = request_prune(conn, requests_before, ROWS_MAX)?;
            let tokens = token_delete_expired(conn, now, ROWS_MAX)?;
            let codes = code_delete_expired(conn, now, ROWS_MAX)?;
            let sanctions = sanction_delete_ended(conn, now, ROWS_MAX)?;
            let messages = message_purge(conn, now, ROWS_MAX)?;
            let notices = notice_purge(conn, now, ROWS_MAX)?;
            let lines = inbox_purge_over(conn, inbox_lines, ROWS_MAX)?;
            let places = cursor_delete_old(conn, places_before, ROWS_MAX)?;
            let events = if audit_days == 0 {
                0
            } else {
                audit_prune(conn, audit_before, ROWS_MAX)?
            };
            let said = if message_days == 0 {
                0
            } else {
                bot_message_prune(conn, messages_before, ROWS_MAX)?
            };
            let sign_ins = if sign_in_days == 0 {
                0
            } else {
                sign_in_event_prune(conn, sign_ins_before, ROWS_MAX)?
            };
            Ok([
                (said, "messages of bots"),
                (answers, "answers"),
                (tokens, "tokens"),
                (codes, "codes"),
                (sanctions, "bans and mutes"),
                (messages, "messages"),
                (notices, "notices"),
                (lines, "lines of inboxes"),
                (places, "places in inboxes"),
                (sign_ins, "sign-ins"),
                (events, "audit events"),
            ])
        });
        Ok(told(&removed.await?))
    }
}

fn hours_ago(now: Timestamp, hours: u64) -> i64 {
    let hours = SignedDuration::from_hours(i64::try_from(hours).unwrap_or(i64::MAX / 3_600));
    now.checked_sub(hours).unwrap_or(Timestamp::MIN).as_microsecond()
}

fn told(removed: &[(usize, &str)]) -> String {
    let removed = removed.iter().filter(|(rows, _)| *rows > 0);
    let parts: Vec<String> = removed.map(|(rows, what)| format!("{rows} {what}")).collect();
    if parts.is_empty() {
        return String::new();
    }
    format!("let go of {}", parts.join(", "))
}
