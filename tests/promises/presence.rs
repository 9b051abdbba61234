//! Presence: online from the first session to the last, heard by those whom it concerns, true after a crash.

use jiff::SignedDuration;
use motorpool::runtime::clock;
use serde_json::{Value, json};

use crate::harness::{PASSWORD, Raw, Server, instant, metric, until};

/// Time after which somebody is gone, short for those who wait for it.
const GRACE: (&str, &str) = ("MOTORPOOL_LIMITS__PRESENCE_GRACE_MS", "300");

fn seen(raw: &mut Raw, user: &str) -> Value {
    raw.call("s.lastseen", json!([user])).unwrap()
}

/// The next news of people.
fn news(raw: &mut Raw) -> (String, bool) {
    loop {
        let frame = raw.read().expect("an event before the end");
        if frame["event"]["name"] == "presence" {
            let data = &frame["event"]["data"];
            assert!(data["user_id"].is_i64() && frame["event"]["seq"] == 0, "{frame}");
            instant(&data["at"]);
            return (
                data["user"].as_str().unwrap().to_owned(),
                data["online"].as_bool().unwrap(),
            );
        }
    }
}

#[test]
fn a_person_is_online_from_the_first_session_to_the_last_and_operators_see_each_session() {
    let server = Server::with(&[GRACE]);
    let mut mona = server.as_user("mona");
    let never = seen(&mut mona, "anna");
    assert_eq!((&never["online"], never.get("last_seen")), (&json!(false), None));
    let first = server.as_user("anna");
    let since = seen(&mut mona, "anna")["since"].clone();
    let second = server.as_user("anna");
    let sessions = mona.call("s.sessionsof", json!(["anna"])).unwrap();
    let ids = [&sessions[0]["client_id"], &sessions[1]["client_id"]];
    assert_eq!(ids, [&json!(first.client_id()), &json!(second.client_id())]);
    let online = mona.call("s.online", json!([])).unwrap();
    let anna = online["people"]
        .as_array()
        .unwrap()
        .iter()
        .find(|person| person["user"] == "anna");
    assert_eq!(anna.unwrap()["sessions"], json!(2));
    first.hang_up();
    until("one session fewer", || {
        let sessions = mona.call("s.sessionsof", json!(["anna"])).unwrap();
        (sessions.as_array().unwrap().len() == 1).then_some(())
    });
    assert_eq!(seen(&mut mona, "anna")["since"], since, "the same stay");
    let left_after = clock::now();
    second.hang_up();
    let gone = until("her end", || {
        let seen = seen(&mut mona, "anna");
        (seen["online"] == false).then_some(seen)
    });
    assert!(
        (left_after..=clock::now()).contains(&instant(&gone["last_seen"])),
        "{gone}"
    );
    assert_eq!(metric(server.http(), "motorpool_people_online", &[]), 1.0);
}

#[test]
fn who_watches_hears_who_comes_and_goes_and_a_resumed_client_is_no_news() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__PRESENCE_GRACE_MS", "2000")]);
    let (mut mona, mut ada) = (server.as_user("mona"), server.as_user("ada"));
    assert_eq!(ada.call("s.watchpeople", json!([])).unwrap(), json!({"people": []}));
    let watched = mona.call("s.watchpeople", json!(["anna", "mona"])).unwrap();
    let online: Vec<_> = watched["people"]
        .as_array()
        .unwrap()
        .iter()
        .map(|person| &person["online"])
        .collect();
    assert_eq!(online, [&json!(false), &json!(true)]);
    let anna = server.as_user("anna");
    let token = anna.token().to_owned();
    assert_eq!(news(&mut mona), ("anna".to_owned(), true));
    assert_eq!(news(&mut ada), ("anna".to_owned(), true));
    for _ in 0..3 {
        anna.hang_up();
        drop(Raw::resume(server.address(), &token));
    }
    let bert = server.as_user("bert");
    assert_eq!(news(&mut ada), ("bert".to_owned(), true), "nothing of anna meanwhile");
    anna.hang_up();
    bert.hang_up();
    assert_eq!(news(&mut mona), ("anna".to_owned(), false));
    let mut gone = [news(&mut ada), news(&mut ada)];
    gone.sort();
    assert_eq!(gone, [("anna".to_owned(), false), ("bert".to_owned(), false)]);
    assert_eq!(
        mona.call("s.unwatchpeople", json!([])).unwrap(),
        json!({"watched": true})
    );
    assert_eq!(
        mona.call("s.unwatchpeople", json!([])).unwrap(),
        json!({"watched": false})
    );
}

#[test]
fn people_see_nobody_who_may_not_be_seen_and_cannot_tell_them_from_those_who_are_away() {
    let server = Server::with(&[GRACE]);
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    let bert = server.as_user("bert");
    // A stranger whom she may not see, one who left, one who was never here.
    let left = server.as_user("emil");
    left.hang_up();
    until("his end", || (seen(&mut mona, "emil")["online"] == false).then_some(()));
    let shape = |raw: &mut Raw, user: &str| {
        let mut seen = seen(raw, user);
        let fields = seen.as_object_mut().unwrap();
        fields.remove("user");
        fields.remove("user_id");
        seen
    };
    for user in ["bert", "emil", "rider-07"] {
        assert_eq!(shape(&mut anna, user), json!({"online": false}), "{user}");
    }
    let page = anna.call("s.online", json!([])).unwrap();
    let names: Vec<_> = page["people"]
        .as_array()
        .unwrap()
        .iter()
        .map(|person| &person["user"])
        .collect();
    assert_eq!((names, page.get("next")), (vec![&json!("anna")], None));
    assert_eq!(page["people"][0].get("sessions"), None);
    let watched = anna.call("s.watchpeople", json!({"users": ["bert", "emil"]})).unwrap();
    assert!(
        watched["people"]
            .as_array()
            .unwrap()
            .iter()
            .all(|person| person["online"] == false)
    );
    assert_eq!(anna.code_of("s.watchpeople", json!([])), "forbidden");
    assert_eq!(anna.code_of("s.sessionsof", json!(["bert"])), "forbidden");
    assert_eq!(server.guest().code_of("s.online", json!([])), "unauthenticated");
    assert_eq!(server.guest().code_of("s.lastseen", json!(["bert"])), "unauthenticated");
    drop(bert);
}

#[test]
fn pages_hold_everybody_once_and_bad_wishes_have_typed_answers() {
    let server = Server::start();
    let riders: Vec<Raw> = (0..7)
        .map(|number| server.as_user(&format!("rider-{number:02}")))
        .collect();
    let mut mona = server.as_user("mona");
    let (mut names, mut after, mut pages) = (Vec::new(), json!(null), 0);
    loop {
        let page = mona.call("s.online", json!({"after": after, "limit": 3})).unwrap();
        names.extend(
            page["people"]
                .as_array()
                .unwrap()
                .iter()
                .map(|person| person["user"].clone()),
        );
        pages += 1;
        let Some(next) = page.get("next") else { break };
        after = next.clone();
    }
    names.sort_by_key(Value::to_string);
    names.dedup();
    assert_eq!((names.len(), pages), (riders.len() + 1, 3));
    for (limit, code) in [(0, "bad_arguments"), (-1, "bad_arguments"), (201, "bad_arguments")] {
        assert_eq!(mona.code_of("s.online", json!({ "limit": limit })), code);
    }
    mona.call("s.online", json!({"limit": 200})).unwrap();
    for command in ["s.lastseen", "s.sessionsof", "s.watchpeople"] {
        for nobody in ["nobody", "o'neill", "", "x\u{0}y"] {
            assert_eq!(
                mona.code_of(command, json!([nobody])),
                "not_found",
                "{command} {nobody:?}"
            );
        }
    }
    let many = |count: usize| json!({"users": vec!["anna"; count]});
    mona.call("s.watchpeople", many(256)).unwrap();
    assert_eq!(mona.code_of("s.watchpeople", many(257)), "too_large");
}

#[test]
fn after_kill_9_nobody_is_online_and_each_was_seen_until_shortly_before() {
    let mut server = Server::with(&[GRACE, ("MOTORPOOL_LIMITS__PRESENCE_WRITE_MS", "100")]);
    let anna = server.as_user("anna");
    let written = || {
        metric(
            server.http(),
            "motorpool_presence_marks_total",
            &["outcome=\"written\""],
        )
    };
    until("it is written that she is there", || (written() >= 1.0).then_some(()));
    // As long as she is there the server goes on noting that it lives.
    let lived = || metric(server.http(), "motorpool_store_commits_total", &["outcome=\"ok\""]);
    let before = lived();
    until("some writings more", || (lived() >= before + 5.0).then_some(()));
    let at_least = clock::now() - SignedDuration::from_secs(10);
    server.kill();
    let killed = clock::now();
    drop(anna);
    server.start_again();
    let mut mona = server.as_user("mona");
    let seen = seen(&mut mona, "anna");
    assert_eq!(seen["online"], json!(false));
    let last_seen = instant(&seen["last_seen"]);
    assert!(
        (at_least..=killed).contains(&last_seen),
        "{at_least} {last_seen} {killed}"
    );
}

#[test]
fn an_orderly_end_writes_the_very_moment() {
    let mut server = Server::with(&[("MOTORPOOL_LIMITS__PRESENCE_WRITE_MS", "600000")]);
    let anna = server.as_user("anna");
    let login = json!({"password": {"username": "bert", "password": PASSWORD}});
    let bert = Raw::hello(server.address(), json!({ "login": login })).unwrap();
    let before = clock::now();
    server.restart();
    let after = clock::now();
    let mut mona = server.as_user("mona");
    for user in ["anna", "bert"] {
        let last_seen = instant(&seen(&mut mona, user)["last_seen"]);
        assert!(
            (before..=after).contains(&last_seen),
            "{user}: {before} {last_seen} {after}"
        );
    }
    drop((anna, bert));
}
