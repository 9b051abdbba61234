//! How a command to a car goes, told as it happens: to the rider and to who asked, and to nobody else.

use serde_json::{Value, json};

use crate::harness::{FakeCar, Manner, Raw, Server, in_minutes};

fn book(rider: &mut Raw) -> Value {
    let times = json!({"car": "amber", "start": in_minutes(-1), "end": in_minutes(60)});
    rider.call("s.book", times).unwrap()["booking"].clone()
}

/// The next events `command` of a client, up to the end of a command.
fn course(raw: &mut Raw) -> Vec<Value> {
    let mut steps = Vec::new();
    loop {
        let frame = raw.read().expect("an event");
        let event = &frame["event"];
        if event["name"] != "command" {
            continue;
        }
        assert_eq!(event["seq"], 0, "{frame}");
        steps.push(event["data"].clone());
        if event["data"]["state"] != "sent" {
            return steps;
        }
    }
}

/// What a client was told until now: events come before what is answered after them.
fn told_until_now(raw: &mut Raw) -> Vec<Value> {
    raw.send(&json!({"call": {"id": 9_000, "command": "s.ping"}}));
    let mut told = Vec::new();
    loop {
        let frame = raw.read().expect("an answer");
        if frame["result"]["id"] == 9_000 {
            return told;
        }
        if frame["event"]["name"] == "command" {
            told.push(frame["event"]["data"].clone());
        }
    }
}

fn states(steps: &[Value]) -> Vec<&str> {
    steps.iter().map(|step| step["state"].as_str().unwrap()).collect()
}

#[test]
fn a_rider_sees_on_every_client_how_an_unlock_goes_and_others_see_nothing() {
    let server = Server::start();
    let _unit = FakeCar::online(&server, "amber", Manner::Done);
    let (mut anna, mut phone) = (server.as_user("anna"), server.as_user("anna"));
    let (mut bert, mut mona) = (server.as_user("bert"), server.as_user("mona"));
    let booking = book(&mut anna);
    let id = anna.ask("s.unlock", json!({"booking": booking}));
    let seen = course(&mut phone);
    assert_eq!(states(&seen), ["sent", "done"]);
    let done = anna.result(id).unwrap();
    for step in &seen {
        let plain = (&step["booking"], &step["car"], &step["command"], &step["command_id"]);
        assert_eq!(plain, (&booking, &json!("amber"), &json!("unlock"), &done["command"]));
    }
    assert_eq!(seen[1]["at"], done["done_at"]);
    assert_eq!((told_until_now(&mut bert), told_until_now(&mut mona)), (vec![], vec![]));
    // Who asks for somebody else sees it, and so does the rider.
    mona.ask("s.lock", json!({"booking": booking}));
    assert_eq!(states(&course(&mut mona)), ["sent", "done"]);
    let seen = course(&mut phone);
    assert_eq!(
        (states(&seen), &seen[0]["command"]),
        (vec!["sent", "done"], &json!("lock"))
    );
}

#[test]
fn a_car_that_refuses_or_is_away_is_told_with_its_reason() {
    let server = Server::start();
    let (mut anna, mut phone) = (server.as_user("anna"), server.as_user("anna"));
    let booking = book(&mut anna);
    assert_eq!(anna.code_of("s.unlock", json!({"booking": booking})), "unavailable");
    let away = course(&mut phone);
    assert_eq!(
        (states(&away), &away[0]["reason"]),
        (vec!["failed"], &json!("not connected"))
    );
    let _unit = FakeCar::online(&server, "amber", Manner::Refuse("unavailable", "a door is open"));
    assert_eq!(anna.code_of("s.unlock", json!({"booking": booking})), "unavailable");
    let refused = course(&mut phone);
    assert_eq!(states(&refused), ["sent", "failed"]);
    assert_eq!(refused[1]["reason"], "a door is open");
}
