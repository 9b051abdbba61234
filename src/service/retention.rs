//! `retention`: lets go of what has had its time. Answers to old request ids, resume tokens, invitations, bans and mutes
//! past their end, messages past theirs, the oldest lines of full inboxes, what bots said, and, where the configuration
//! says so, old sign-ins, movements and audit events.
//!
//! Works in small pieces, so that the writer is never held for long.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::recipe::{Repeating, Rhythm};
use crate::account::store::{code_delete_expired, sign_in_event_prune, token_delete_expired};
use crate::bot::store::bot_message_prune;
use crate::config::Config;
use crate::error::Error;
use crate::house::House;
use crate::message::store::{cursor_delete_old, inbox_purge_over, message_purge, notice_purge};
use crate::place::store::movement_prune;
use crate::store::audit::audit_prune;
use crate::store::request::request_prune;
use crate::store::sanction::sanction_delete_ended;
use crate::store::{AnyConn, StoreError};

/// Rows of each table removed in one commit.
const ROWS_MAX: i64 = 1_000;

/// Removes rows of a log from before an instant, at most so many.
type Prune = fn(&mut AnyConn, i64, i64) -> Result<usize, StoreError>;

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
        let (now, terms) = (house.clock.now(), Terms::of(&house.config));
        let removed = house.store.write(move |conn| let_go(conn, now, &terms));
        Ok(told(&removed.await?))
    }
}

/// How long things are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Terms {
    request_hours: u64,
    /// Nobody comes back to a place by a token that is no longer good.
    place_hours: u64,
    inbox_lines: i64,
    /// Each 0 for ever.
    audit_days: u64,
    bot_message_days: u64,
    sign_in_days: u64,
    movement_days: u64,
}

impl Terms {
    fn of(config: &Config) -> Self {
        Self {
            request_hours: config.limits.request_hours,
            place_hours: config.limits.resume_hours.saturating_add(1),
            inbox_lines: i64::try_from(config.limits.inbox_lines).unwrap_or(i64::MAX),
            audit_days: config.services.audit_days,
            bot_message_days: config.bots.message_days,
            sign_in_days: config.services.sign_in_days,
            movement_days: config.places.movement_days,
        }
    }
}

/// Removes a piece of all that has had its time; says how many of what.
fn let_go(conn: &mut AnyConn, now: Timestamp, terms: &Terms) -> Result<[(usize, &'static str); 12], StoreError> {
    let mut logs: [(u64, Prune, usize); 4] = [
        (terms.bot_message_days, bot_message_prune, 0),
        (terms.sign_in_days, sign_in_event_prune, 0),
        (terms.movement_days, movement_prune, 0),
        (terms.audit_days, audit_prune, 0),
    ];
    for (days, prune, gone) in &mut logs {
        if *days > 0 {
            *gone = prune(conn, hours_ago(now, days.saturating_mul(24)), ROWS_MAX)?;
        }
    }
    let [(_, _, said), (_, _, sign_ins), (_, _, movements), (_, _, events)] = logs;
    let requests_before = hours_ago(now, terms.request_hours);
    let places_before = hours_ago(now, terms.place_hours);
    let now = now.as_microsecond();
    Ok([
        (said, "messages of bots"),
        (request_prune(conn, requests_before, ROWS_MAX)?, "answers"),
        (token_delete_expired(conn, now, ROWS_MAX)?, "tokens"),
        (code_delete_expired(conn, now, ROWS_MAX)?, "codes"),
        (sanction_delete_ended(conn, now, ROWS_MAX)?, "bans and mutes"),
        (message_purge(conn, now, ROWS_MAX)?, "messages"),
        (notice_purge(conn, now, ROWS_MAX)?, "notices"),
        (inbox_purge_over(conn, terms.inbox_lines, ROWS_MAX)?, "lines of inboxes"),
        (cursor_delete_old(conn, places_before, ROWS_MAX)?, "places in inboxes"),
        (sign_ins, "sign-ins"),
        (movements, "movements"),
        (events, "audit events"),
    ])
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

#[cfg(test)]
mod tests {
    use diesel::{RunQueryDsl, sql_query};

    use super::*;
    use crate::account::UserId;
    use crate::account::store::{NewSignInEvent, NewUser, SignIn, sign_in_event_insert, user_insert};
    use crate::bot::store::{NewMessage, bot_message_insert};
    use crate::place::rules::person::Movement;
    use crate::place::store::movement_insert;
    use crate::runtime::clock::micros;
    use crate::store::audit::{AuditEvent, audit_insert};
    use crate::store::{DatabaseUrl, Store, StoreOptions};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// One line in each log.
    fn fill(conn: &mut AnyConn, now: Timestamp) -> Result<(), StoreError> {
        let new = NewUser {
            username: "anna".to_owned(),
            first_name: String::new(),
            last_name: String::new(),
            email: String::new(),
            role: "customer".to_owned(),
            password_hash: None,
        };
        let (user, micros) = (user_insert(conn, &new, 0)?, micros(now));
        let sign = NewSignInEvent {
            at: micros,
            user,
            what: SignIn::In,
            how: "password".to_owned(),
            address: String::new(),
            outcome: "ok",
        };
        sign_in_event_insert(conn, &sign)?;
        let movement = Movement {
            user,
            name: "anna".into(),
            from: None,
            to: Some("canteen".into()),
            at: now,
            left: None,
        };
        movement_insert(conn, &movement)?;
        let said = NewMessage {
            bot: "lunch",
            building: "canteen",
            schedule: None,
            body: "noon",
        };
        bot_message_insert(conn, &said, micros)?;
        let event = AuditEvent {
            at: micros,
            who: format!("user:{user}"),
            what: "s.move".to_owned(),
            on_what: String::new(),
            result: "ok".to_owned(),
            detail: None,
        };
        audit_insert(conn, &event)?;
        message_of(conn, user, micros)
    }

    /// A message that is kept for five days.
    fn message_of(conn: &mut AnyConn, UserId(user): UserId, at: i64) -> Result<(), StoreError> {
        let ends = at + 5 * 86_400_000_000;
        let columns = "id, sender_kind, sender_id, sender_name, target, body, sent_at, expires_at, recipients";
        let row = format!("1, 'user', {user}, 'anna', 'user', 'hello', {at}, {ends}, 1");
        sql_query(format!("INSERT INTO message ({columns}) VALUES ({row})")).execute(conn)?;
        Ok(())
    }

    #[test]
    fn each_log_is_kept_for_its_days_and_not_a_moment_longer() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(folder.path().join("m.db"));
        let store = Store::open(&url, StoreOptions::default()).unwrap();
        let begin = at("2026-05-01T10:00:00Z");
        store.write_blocking(move |conn| fill(conn, begin)).unwrap();
        let terms = Terms {
            request_hours: 1,
            place_hours: 1,
            inbox_lines: 10,
            audit_days: 4,
            bot_message_days: 1,
            sign_in_days: 2,
            movement_days: 3,
        };
        let gone = |at: Timestamp, terms: &Terms| {
            let terms = terms.clone();
            let removed = store.write_blocking(move |conn| let_go(conn, at, &terms)).unwrap();
            told(&removed)
        };
        let for_ever = Terms {
            audit_days: 0,
            bot_message_days: 0,
            sign_in_days: 0,
            movement_days: 0,
            ..terms.clone()
        };
        let later = |days: i64, micros: i64| {
            let by = SignedDuration::from_hours(24 * days) + SignedDuration::from_micros(micros);
            begin.checked_add(by).unwrap()
        };
        assert_eq!(gone(later(4, 1), &for_ever), "", "0 keeps for ever");
        for (days, what) in [
            (1, "1 messages of bots"),
            (2, "1 sign-ins"),
            (3, "1 movements"),
            (4, "1 audit events"),
        ] {
            assert_eq!(gone(later(days, 0), &terms), "", "{what}: not before its time");
            assert_eq!(gone(later(days, 1), &terms), format!("let go of {what}"));
        }
        assert_eq!(gone(later(5, -1), &terms), "");
        assert_eq!(gone(later(5, 0), &terms), "let go of 1 messages");
    }
}
