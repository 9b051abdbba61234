//! What a log tells: everything of one person or building within a time, once, newest first, in pages of any size.

use diesel::prelude::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::account::store::{NewSignInEvent, NewUser, sign_in_event_insert, user_insert};
use crate::bot::store::{NewMessage, bot_message_insert};
use crate::place::rules::person::Movement;
use crate::place::store::movement_insert;
use crate::store::schema::message;
use crate::store::{DatabaseUrl, Store, StoreOptions};

/// What happens in the model, each at some instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    In,
    Out,
    Refused,
    Moves,
    Writes,
}

fn person(conn: &mut AnyConn, name: String) -> Result<UserId, StoreError> {
    let new = NewUser {
        username: name,
        first_name: String::new(),
        last_name: String::new(),
        email: String::new(),
        role: "customer".to_owned(),
        password_hash: None,
    };
    user_insert(conn, &new, 0)
}

fn happens(conn: &mut AnyConn, user: UserId, event: Event, at: i64, number: i64) -> Result<(), StoreError> {
    let signs = |what| NewSignInEvent {
        at,
        user,
        what,
        how: number.to_string(),
        address: String::new(),
        outcome: "ok",
    };
    match event {
        Event::In => sign_in_event_insert(conn, &signs(SignIn::In)),
        Event::Out => sign_in_event_insert(conn, &signs(SignIn::Out)),
        Event::Refused => sign_in_event_insert(conn, &signs(SignIn::Refused)),
        Event::Moves => {
            let movement = Movement {
                user,
                name: "anybody".into(),
                from: None,
                to: Some(number.to_string().into()),
                at: from_micros(at),
                left: None,
            };
            movement_insert(conn, &movement)
        }
        Event::Writes => {
            diesel::insert_into(message::table)
                .values((
                    (
                        message::id.eq(number),
                        message::sender_kind.eq("user"),
                        message::sender_id.eq(Some(user.0)),
                        message::sender_name.eq("anybody"),
                        message::target.eq("everybody"),
                    ),
                    (
                        message::body.eq(number.to_string()),
                        message::sent_at.eq(at),
                        message::expires_at.eq(i64::MAX),
                        message::recipients.eq(1_i64),
                    ),
                ))
                .execute(conn)?;
            Ok(())
        }
    }
}

/// The kind of a line and what tells it from others.
fn told(line: &PersonLine) -> (Kind, String) {
    let what = [&line.how, &line.to, &line.body].into_iter().flatten().next();
    (line.kind, what.cloned().unwrap_or_default())
}

/// What the log of the model tells: the place of each line and the line.
fn model(events: &[(Event, i64)], first: i64, wanted: &Wanted) -> Vec<(Kind, String)> {
    let mut lines = Vec::new();
    for (number, (event, at)) in (first + 1..).zip(events) {
        let (rank, kind) = match event {
            Event::In => (2, Kind::SignIn),
            Event::Out => (2, Kind::SignOut),
            Event::Refused => (2, Kind::SignInRefused),
            Event::Moves => (1, Kind::Movement),
            Event::Writes => (0, Kind::Message),
        };
        let is_since = wanted.since.is_none_or(|since| *at >= since);
        let is_within = is_since && wanted.until.is_none_or(|until| *at < until);
        if is_within && wanted.kinds.contains(&kind) {
            lines.push(((*at, rank, number), (kind, number.to_string())));
        }
    }
    lines.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
    lines.into_iter().map(|(_, line)| line).collect()
}

/// All pages of it, after all that happened and something of somebody else.
fn paged(
    conn: &mut AnyConn,
    events: &[(Event, i64)],
    first: i64,
    mut asked: Wanted,
) -> Result<Vec<(Kind, String)>, StoreError> {
    let user = person(conn, format!("anna-{first}"))?;
    for (number, (event, at)) in (first + 1..).zip(events) {
        happens(conn, user, *event, *at, number)?;
    }
    let other = person(conn, format!("bert-{first}"))?;
    happens(conn, other, Event::Moves, 3, first)?;
    let person = Person {
        user,
        with_texts: true,
        now: 0,
    };
    let mut shown = Vec::new();
    loop {
        let (lines, next) = of_person(conn, person, &asked)?;
        assert!(lines.len() <= asked.lines_max);
        shown.extend(lines.iter().map(told));
        if next.is_none() {
            return Ok(shown);
        }
        asked.after = next;
    }
}

#[test]
fn pages_of_any_size_tell_everything_within_the_time_once_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::sqlite(folder.path().join("m.db"));
    let store = Store::open(&url, StoreOptions::default()).unwrap();
    let event = prop_oneof![
        Just(Event::In),
        Just(Event::Out),
        Just(Event::Refused),
        Just(Event::Moves),
        Just(Event::Writes)
    ];
    let days = (
        proptest::collection::vec((event, 0_i64..5), 0..24),
        1_usize..6,
        proptest::option::of(0_i64..5),
        proptest::option::of(0_i64..6),
        proptest::sample::subsequence(Kind::OF_PERSON.to_vec(), 1..=5),
    );
    let numbers = std::cell::Cell::new(0_i64);
    let mut runner = TestRunner::new(Config::with_cases(64));
    let outcome = runner.run(&days, |(events, lines_max, since, until, kinds)| {
        let first = numbers.get();
        numbers.set(first + 100);
        let asked = Wanted {
            since,
            until,
            after: None,
            kinds,
            lines_max,
            bytes_max: usize::MAX,
        };
        let wanted = model(&events, first, &asked);
        let shown = store.write_blocking(move |conn| paged(conn, &events, first, asked));
        prop_assert_eq!(shown.unwrap(), wanted);
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn a_building_is_told_of_what_was_said_there_and_who_came_and_left() {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::sqlite(folder.path().join("m.db"));
    let store = Store::open(&url, StoreOptions::default()).unwrap();
    let pages = store.write_blocking(|conn| {
        let anna = person(conn, "anna".to_owned())?;
        for (from, to, at) in [(None, Some("a"), 1), (Some("a"), Some("b"), 2), (Some("b"), None, 2)] {
            let movement = Movement {
                user: anna,
                name: "anna".into(),
                from: from.map(Into::into),
                to: to.map(Into::into),
                at: from_micros(at),
                left: None,
            };
            movement_insert(conn, &movement)?;
        }
        for (building, at) in [("a", 2), ("b", 2), ("a", 3)] {
            let said = NewMessage {
                bot: "lunch",
                building,
                schedule: None,
                body: "noon",
            };
            bot_message_insert(conn, &said, at)?;
        }
        let mut wanted = Wanted {
            since: None,
            until: None,
            after: None,
            kinds: Kind::OF_BUILDING.to_vec(),
            lines_max: 1,
            bytes_max: 0,
        };
        let mut pages = Vec::new();
        loop {
            let (lines, next) = of_building(conn, "a", None, &wanted)?;
            pages.push(
                lines
                    .iter()
                    .map(|line| (line.kind, line.user.clone()))
                    .collect::<Vec<_>>(),
            );
            wanted.after = next;
            if next.is_none() {
                return Ok(pages);
            }
        }
    });
    let anna = || Some("anna".to_owned());
    let wanted = [
        (Kind::Message, None),
        (Kind::Message, None),
        (Kind::Exit, anna()),
        (Kind::Entry, anna()),
    ];
    assert_eq!(pages.unwrap(), wanted.map(|line| vec![line]));
}
