//! Bounds: who asks for too much loses their own connection or their own turn, and nobody else's.
//!
//! Each bound is set low and tried at its figure and one beyond.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{FakeCar, Manner, PASSWORD, Raw, Server, frame_of, hour, in_minutes, metric, until};

/// Bytes that no pair of socket buffers holds.
const MUCH_BYTES: usize = 64 * 1024 * 1024;

#[test]
fn a_peer_that_never_reads_is_cut_off_and_others_are_fine() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__STALL_MS", "500")]);
    let mut bystander = server.guest();
    let mut greedy = server.as_user("mona");
    let ask = frame_of(&json!({"call": {"id": 1, "command": "s.help"}}));
    let asks = ask.repeat(1_000);
    let mut bytes = 0;
    // Ends by an error: the server stops reading, then ends the connection.
    while greedy.try_send_bytes(&asks).is_ok() {
        bytes += asks.len();
        assert!(
            bytes < MUCH_BYTES,
            "the server takes calls and nobody reads the answers"
        );
    }
    let cut_off = || {
        let closed = |reason| metric(server.http(), "motorpool_connections_closed_total", &[reason]);
        closed("stalled") + closed("lagged")
    };
    until("the peer to be cut off", || (cut_off() == 1.0).then_some(()));
    assert!(bystander.is_alive());
    assert!(server.guest().is_alive());
}

#[test]
fn a_peer_that_reads_late_loses_nothing() {
    let server = Server::start();
    let mut raw = server.guest();
    let calls = 400;
    for id in 0..calls {
        raw.ask_as(id, "s.help", json!([]));
    }
    let mut heard: Vec<u64> = (0..calls)
        .map(|_| raw.answer().unwrap()["result"]["id"].as_u64().unwrap())
        .collect();
    heard.sort_unstable();
    assert_eq!(heard, (0..calls).collect::<Vec<_>>());
}

#[test]
fn more_calls_than_may_run_wait_and_are_all_answered_once() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__IN_FLIGHT_PER_SESSION", "4")]);
    let mut anna = server.as_user("anna");
    assert_eq!(anna.welcome["server"]["limits"]["in_flight_per_session"], 4);
    let calls = 300;
    for id in 0..calls {
        anna.ask_as(id, "s.book", json!({"car": "amber", "start": hour(0), "end": hour(1)}));
    }
    let answers: Vec<Value> = (0..calls).map(|_| anna.answer().unwrap()["result"].clone()).collect();
    let mut heard: Vec<u64> = answers.iter().map(|answer| answer["id"].as_u64().unwrap()).collect();
    heard.sort_unstable();
    assert_eq!(heard, (0..calls).collect::<Vec<_>>());
    assert_eq!(answers.iter().filter(|answer| answer.get("ok").is_some()).count(), 1);
}

#[test]
fn at_the_bound_of_running_calls_nothing_more_is_read() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__IN_FLIGHT_PER_SESSION", "1")]);
    let car = FakeCar::online(&server, "amber", Manner::Silent);
    let mut anna = server.as_user("anna");
    let args = json!({"car": "amber", "start": in_minutes(-1), "end": in_minutes(60)});
    let booking = anna.call("s.book", args).unwrap()["booking"].clone();
    let unlock = anna.ask("s.unlock", json!({"booking": booking}));
    let asked = car.told_at_least(1);
    anna.send(&json!({"ping": {"id": 9}}));
    // Long enough for a server that reads on to have answered the ping.
    assert!(server.guest().is_alive());
    car.acknowledge(&asked["id"]);
    assert_eq!(
        anna.answer().unwrap()["result"]["id"],
        unlock,
        "the ping was read before its turn"
    );
    assert_eq!(anna.answer().unwrap()["pong"]["id"], 9);
}

#[test]
fn the_house_takes_as_many_connections_as_it_may_and_not_one_more() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__CONNECTIONS_MAX", "6")]);
    let mut inside: Vec<Raw> = (0..6).map(|_| server.guest()).collect();
    for _ in 0..3 {
        let mut one_more = Raw::connect(server.address());
        assert_eq!(one_more.read().unwrap()["error"]["code"], "busy");
        assert_eq!(one_more.read(), None);
    }
    assert!(inside.iter_mut().all(Raw::is_alive));
    inside.pop().unwrap().hang_up();
    until("a place to be free", || {
        let mut raw = Raw::connect(server.address());
        raw.try_send_bytes(&frame_of(&json!({"hello": {"protocol": 1}}))).ok()?;
        let welcome = raw.try_read().ok()??;
        welcome.get("welcome").map(drop)
    });
}

#[test]
fn open_handshakes_are_bounded_and_do_not_keep_who_is_inside_from_working() {
    let server = Server::with(&[
        ("MOTORPOOL_LIMITS__HANDSHAKES_MAX", "4"),
        ("MOTORPOOL_LIMITS__HANDSHAKE_MS", "2000"),
    ]);
    let mut inside = server.guest();
    let silent: Vec<Raw> = (0..4).map(|_| Raw::connect(server.address())).collect();
    until("a fifth to be sent away", || {
        let mut fifth = Raw::connect(server.address());
        let answer = fifth.try_read().ok()??;
        (answer["error"]["code"] == "busy").then_some(())
    });
    assert!(inside.is_alive());
    drop(silent);
    until("a place to be free", || {
        let mut raw = Raw::connect(server.address());
        raw.try_send_bytes(&frame_of(&json!({"hello": {"protocol": 1}}))).ok()?;
        raw.try_read().ok()??.get("welcome").map(drop)
    });
}

#[test]
fn of_200_wrong_passwords_at_most_ten_reach_the_hasher_and_the_owner_still_gets_in() {
    let server = Server::start();
    let hashed = || metric(server.http(), "motorpool_password_hash_duration_seconds_count", &[]);
    assert_eq!(hashed(), 0.0);
    let guess = |number: usize| {
        let login = json!({"password": {"username": "anna", "password": format!("guess {number}")}});
        Raw::hello(server.address(), json!({"login": login}))
            .err()
            .expect("a wrong password")
            .code
    };
    let codes: Vec<String> = std::thread::scope(|scope| {
        let guessers: Vec<_> = (0..8)
            .map(|guesser| scope.spawn(move || (0..25).map(|number| guess(guesser * 25 + number)).collect::<Vec<_>>()))
            .collect();
        guessers
            .into_iter()
            .flat_map(|guesser| guesser.join().unwrap())
            .collect()
    });
    assert_eq!(codes.len(), 200);
    let count = |code: &str| codes.iter().filter(|other| *other == code).count();
    assert_eq!((count("bad_login"), count("locked_out")), (10, 190), "{codes:?}");
    assert!(hashed() <= 10.0, "{} guesses were hashed", hashed());
    let login = json!({"password": {"username": "anna", "password": PASSWORD}});
    let refused = Raw::hello(server.address(), json!({"login": login})).err().unwrap();
    assert_eq!(refused.code, "locked_out");
    assert!(refused.detail["retry_at"].is_string(), "{refused:?}");
    assert!(server.as_user("anna").is_alive(), "the owner's token");
    let login = json!({"password": {"username": "bert", "password": PASSWORD}});
    assert!(Raw::hello(server.address(), json!({"login": login})).is_ok(), "others");
}

#[test]
fn a_peer_that_is_silent_for_too_long_is_asked_and_then_closed() {
    let server = Server::with(&[
        ("MOTORPOOL_LIMITS__IDLE_PING_MS", "1500"),
        ("MOTORPOOL_LIMITS__IDLE_CLOSE_MS", "3000"),
    ]);
    let (mut silent, mut polite) = (server.guest(), server.guest());
    assert!(silent.read().unwrap().get("ping").is_some());
    for _ in 0..2 {
        let ping = polite.read().expect("who answers is not closed");
        polite.send(&json!({"pong": {"id": ping["ping"]["id"], "at": "2026-01-01T00:00:00Z"}}));
    }
    assert_eq!(silent.read().unwrap()["bye"]["reason"], "idle");
    assert_eq!(silent.read(), None);
    assert!(polite.is_alive());
}

#[test]
fn an_answer_is_never_longer_than_a_frame_may_be() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__OPEN_BOOKINGS_PER_USER", "10000")]);
    let mut anna = server.as_user("anna");
    let since = std::time::Instant::now();
    for number in 0..500 {
        anna.ask_as(
            number,
            "s.book",
            json!({"car": "amber", "start": hour(number.cast_signed()), "end": hour(number.cast_signed() + 1)}),
        );
    }
    for _ in 0..500 {
        let answer = anna.answer().unwrap();
        assert!(answer["result"].get("ok").is_some(), "{answer}");
    }
    assert!(since.elapsed() < Duration::from_secs(60));
    let listed = anna.call("s.bookings", json!({}));
    let listed = listed.expect("a list that fits, or a page of it");
    let frame = frame_of(&json!({"result": {"id": 1, "ok": listed}}));
    assert!(
        frame.len() <= 65_536 + 4,
        "{} bytes for {} bookings",
        frame.len(),
        listed.as_array().unwrap().len()
    );
}
