//! Events that must not be lost: told, told again, told at the return, until they are acknowledged.

use std::time::Instant;

use serde_json::{Value, json};

use crate::harness::{Raw, Server, hour, in_minutes, metric, until};

/// The next event of that name; what else comes is passed over.
fn event(raw: &mut Raw, name: &str) -> Value {
    loop {
        let frame = raw.read().expect("an event before the end");
        if frame["event"]["name"] == name {
            return frame["event"].clone();
        }
    }
}

fn acknowledge(raw: &mut Raw, event: &Value) {
    raw.send(&json!({"ack": {"seq": event["seq"]}}));
    assert!(raw.is_alive(), "the ack was read");
}

fn told(server: &Server) -> f64 {
    metric(server.http(), "motorpool_events_told_total", &[])
}

#[test]
fn the_rider_hears_what_somebody_else_did_to_a_booking_and_not_what_they_did_themselves() {
    let server = Server::start();
    let (mut anna, mut mona, mut bert) = (server.as_user("anna"), server.as_user("mona"), server.as_user("bert"));
    let book = |raw: &mut Raw, number: i64| {
        let args = json!({"car": "amber", "start": hour(number), "end": hour(number + 1)});
        raw.call("s.book", args).unwrap()["booking"].clone()
    };
    let (own, others) = (book(&mut anna, 0), book(&mut anna, 2));
    anna.call("s.cancel", json!([own])).unwrap();
    mona.call("s.extend", json!({"booking": others, "end": hour(4)}))
        .unwrap();
    mona.call("s.cancel", json!([others])).unwrap();
    let event = event(&mut anna, "booking");
    assert_eq!(
        (&event["data"]["booking"], &event["data"]["state"]),
        (&others, &json!("cancelled"))
    );
    assert_eq!(event["data"]["car"], "amber");
    assert!(
        event["data"]["at"].is_string() && event["seq"].as_u64().unwrap() > 0,
        "{event}"
    );
    assert_eq!(
        told(&server),
        1.0,
        "one event for one client: not for her own, not for an end that moved"
    );
    assert!(bert.is_alive());
}

#[test]
fn what_the_time_does_to_a_booking_is_told_too() {
    let server = Server::with(&[
        ("MOTORPOOL_BOOKING__NO_SHOW_MINUTES", "1"),
        ("MOTORPOOL_BOOKING__START_PAST_MINUTES", "5"),
    ]);
    let mut anna = server.as_user("anna");
    let args = json!({"car": "amber", "start": in_minutes(-2), "end": in_minutes(60)});
    let booking = anna.call("s.book", args).unwrap()["booking"].clone();
    let event = event(&mut anna, "booking");
    assert_eq!(
        (&event["data"]["booking"], &event["data"]["state"]),
        (&booking, &json!("no_show"))
    );
}

#[test]
fn an_event_that_is_not_acknowledged_comes_again_and_an_acknowledged_one_does_not() {
    let server = Server::start();
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    let name = anna.name().to_owned();
    mona.call("s.mute", json!({"client": name, "reason": "too loud", "minutes": 5}))
        .unwrap();
    let first = event(&mut anna, "muted");
    assert_eq!(first["data"]["reason"], "too loud");
    assert_eq!(first["data"]["by"], mona.name());
    let began = Instant::now();
    let again = event(&mut anna, "muted");
    assert_eq!(again, first, "the same number, the same words");
    assert!((4..12).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    acknowledge(&mut anna, &again);
    mona.call("s.unmute", json!([name])).unwrap();
    let next = event(&mut anna, "unmuted");
    assert!(next["seq"].as_u64() > first["seq"].as_u64());
    assert_eq!(next["epoch"], first["epoch"]);
    acknowledge(&mut anna, &next);
    // Back, and nothing is owed.
    anna.hang_up();
    let mut back = Raw::resume(server.address(), anna.token());
    assert!(back.is_alive());
    assert_eq!(metric(server.http(), "motorpool_events_repeated_total", &[]), 1.0);
}

#[test]
fn what_happens_while_a_client_is_away_follows_its_welcome() {
    let server = Server::start();
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    let args = json!({"car": "amber", "start": hour(0), "end": hour(1)});
    let booking = anna.call("s.book", args).unwrap()["booking"].clone();
    // Heard, but not acknowledged.
    mona.call("s.mute", json!({"client": anna.name(), "minutes": 5}))
        .unwrap();
    let muted = event(&mut anna, "muted");
    let name = anna.name().to_owned();
    anna.hang_up();
    until("her to be away", || {
        (mona.code_of("s.request", json!([name, "PING"])) == "not_found").then_some(())
    });
    mona.call("s.cancel", json!([booking])).unwrap();
    let mut back = Raw::resume(server.address(), anna.token());
    let (first, second) = (
        back.read().unwrap()["event"].clone(),
        back.read().unwrap()["event"].clone(),
    );
    assert_eq!(first, muted, "in their order, right behind the welcome");
    assert_eq!(
        (&second["name"], &second["data"]["booking"]),
        (&json!("booking"), &booking)
    );
    // An acknowledgement of the later is one of the earlier.
    acknowledge(&mut back, &second);
    back.hang_up();
    let repeated = metric(server.http(), "motorpool_events_repeated_total", &[]);
    let mut third = Raw::resume(server.address(), anna.token());
    assert!(third.is_alive());
    assert_eq!(metric(server.http(), "motorpool_events_repeated_total", &[]), repeated);
}

#[test]
fn an_acknowledgement_of_what_was_never_sent_clears_nothing() {
    let server = Server::start();
    let (mut anna, mut ada) = (server.as_user("anna"), server.as_user("ada"));
    anna.send(&json!({"ack": {"seq": u64::MAX}}));
    assert!(anna.is_alive());
    ada.call("s.getrights", json!([anna.name(), "manager"])).unwrap();
    let rights = event(&mut anna, "rights");
    let held = rights["data"]["permissions"].as_array().unwrap();
    assert!(held.contains(&json!("manager")), "{rights}");
    anna.hang_up();
    let mut back = Raw::resume(server.address(), anna.token());
    assert_eq!(event(&mut back, "rights"), rights);
}

#[test]
fn who_was_sent_away_hears_by_whom_and_why_also_when_it_is_back() {
    let server = Server::start();
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    mona.call("s.kickuser", json!({"client": anna.name(), "reason": "enough"}))
        .unwrap();
    let kicked = event(&mut anna, "kicked");
    assert_eq!(
        (&kicked["data"]["by"], &kicked["data"]["reason"]),
        (&json!(mona.name()), &json!("enough"))
    );
    let mut back = Raw::resume(server.address(), anna.token());
    assert_eq!(event(&mut back, "kicked"), kicked);
}

#[test]
fn at_the_bound_the_oldest_event_goes_and_the_client_hears_how_many_went() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__EVENTS_PER_CLIENT", "2")]);
    let (mut anna, mut ada) = (server.as_user("anna"), server.as_user("ada"));
    for _ in 0..2 {
        ada.call("s.getrights", json!([anna.name(), "manager"])).unwrap();
        ada.call("s.removerights", json!([anna.name(), "manager"])).unwrap();
    }
    let lagged = event(&mut anna, "lagged");
    assert_eq!((&lagged["seq"], &lagged["data"]["lost"]), (&json!(0), &json!(1)));
    assert_eq!(event(&mut anna, "lagged")["data"]["lost"], 2);
    assert_eq!(
        metric(server.http(), "motorpool_events_lost_total", &["cause=\"full\""]),
        2.0
    );
    anna.hang_up();
    let mut back = Raw::resume(server.address(), anna.token());
    assert_eq!(event(&mut back, "lagged")["data"]["lost"], 2);
    let (third, fourth) = (event(&mut back, "rights"), event(&mut back, "rights"));
    assert!(third["seq"].as_u64() < fourth["seq"].as_u64());
    acknowledge(&mut back, &fourth);
}
