//! Requestables both ways: what the server tells and to whom, and what it has other clients tell and do.
//!
//! The other clients are raw sockets that answer when, how and in which order the test says.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::{FakeCar, Manner, Raw, Refused, Server, frame_of, metric, until};

/// Questions one client may owe answers to.
const ASKS_PENDING_MAX: usize = 64;

/// A client that can be asked for its colour and told to shine.
fn lamp(server: &Server) -> Raw {
    let hello = json!({"name": "lamp", "commands": ["shine", "unlock"], "requestables": ["COLOUR", "PING"]});
    Raw::hello(server.address(), hello).unwrap()
}

fn request(raw: &mut Raw, name: &str, args: Value) -> Result<Value, Refused> {
    const ID: u64 = 90_001;
    raw.send(&json!({"request": {"id": ID, "name": name, "args": args}}));
    raw.result(ID)
}

/// The next question of that kind to a client.
fn question(raw: &mut Raw, kind: &str) -> Value {
    let frame = raw.answer().expect("a question");
    assert!(frame[kind].is_object(), "got {frame}, wanted a {kind}");
    frame[kind].clone()
}

fn say(raw: &mut Raw, question: &Value, value: &Value) {
    raw.send(&json!({"result": {"id": question["id"], "ok": value}}));
}

#[test]
fn everything_the_welcome_lists_is_told_and_nothing_else() {
    let server = Server::start();
    let all = [
        "CLIENTS",
        "COMMANDS",
        "DATASOCKS",
        "PING",
        "RECEIVED",
        "SERVERDATA",
        "SERVICES",
        "STATISTICS",
        "TELEMETRY",
    ];
    for (mut raw, is_operator) in [(server.guest(), false), (server.as_user("mona"), true)] {
        let wanted: Vec<&str> = all
            .into_iter()
            .filter(|name| is_operator || !["CLIENTS", "RECEIVED", "TELEMETRY"].contains(name))
            .collect();
        assert_eq!(raw.welcome["server"]["requestables"], json!(wanted));
        for name in wanted.into_iter().filter(|name| *name != "RECEIVED") {
            let told = request(&mut raw, name, json!([])).unwrap();
            assert!(told.is_object() || told.is_array(), "{name}: {told}");
            let refused = request(&mut raw, name, json!({"colour": 1})).unwrap_err();
            assert_eq!(refused.code, "bad_arguments", "{name}");
            assert!(refused.message.contains(&format!("{name}(")), "{}", refused.message);
        }
    }
    let mut guest = server.guest();
    let refused = request(&mut guest, "CLIENTS", json!([])).unwrap_err();
    assert_eq!(refused.code, "forbidden");
    assert!(refused.message.contains("`manager`"), "{}", refused.message);
    let refused = request(&mut guest, "NOTHING", json!([])).unwrap_err();
    assert_eq!(refused.code, "unknown_requestable");
    assert!(refused.message.contains("SERVICES") && !refused.message.contains("CLIENTS"));
    let counted = |outcome: &str| metric(server.http(), "motorpool_requests_total", &[outcome]);
    assert!(counted("requestable=\"CLIENTS\",outcome=\"forbidden\"") >= 1.0);
    assert!(counted("requestable=\"unknown\"") >= 1.0);
    assert!(counted("requestable=\"PING\",outcome=\"ok\"") >= 2.0);
}

#[test]
fn what_is_told_is_what_there_is() {
    let server = Server::start();
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    let commands = request(&mut anna, "COMMANDS", json!([])).unwrap();
    let names: Vec<&Value> = commands
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["name"])
        .collect();
    assert_eq!(
        names.len(),
        anna.welcome["server"]["commands"].as_array().unwrap().len()
    );
    assert!(names.contains(&&json!("s.book")) && !names.contains(&&json!("s.request")));
    let book = commands
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["name"] == "s.book")
        .unwrap();
    assert!(book["signature"].as_str().unwrap().starts_with("s.book(car"));

    let data = request(&mut anna, "SERVERDATA", json!([])).unwrap();
    assert_eq!(data["requestables"], anna.welcome["server"]["requestables"]);
    let socks = request(&mut anna, "DATASOCKS", json!([])).unwrap();
    assert_eq!(socks[0]["name"], "Maindata");

    let services = request(&mut anna, "SERVICES", json!([])).unwrap();
    let up = |name: &str| {
        let listed = services
            .as_array()
            .unwrap()
            .iter()
            .find(|service| service["name"] == name);
        listed.map(|service| (service["up"].clone(), service["restarts"].clone()))
    };
    for name in ["registry", "maindata", "bookings", "operator", "retention"] {
        assert_eq!(up(name), Some((json!(true), json!(0))), "{name}: {services}");
    }

    let clients = request(&mut mona, "CLIENTS", json!([])).unwrap();
    assert_eq!(clients, mona.call("s.clients", json!([])).unwrap());

    let before = request(&mut anna, "STATISTICS", json!([])).unwrap();
    anna.call("s.ping", json!([])).unwrap();
    anna.call("s.clients", json!([])).unwrap_err();
    let after = request(&mut anna, "STATISTICS", json!([])).unwrap();
    let risen = |kind: &str| after["commands"][kind].as_u64().unwrap() - before["commands"][kind].as_u64().unwrap();
    assert_eq!((risen("ok"), risen("refused")), (1, 1), "{before} {after}");
    assert_eq!(after["clients"], 2);
    assert!(after["connections"]["open"].as_u64().unwrap() >= 2, "{after}");
    assert!(
        after["store"]["commits"].is_u64() && after["bookings"]["live"] == 0,
        "{after}"
    );
}

#[test]
fn a_client_is_asked_and_called_and_its_values_travel_as_they_are() {
    let server = Server::start();
    let (mut mona, mut lamp) = (server.as_user("mona"), lamp(&server));
    let value = json!({"red": 1.5, "list": [null, true, -7, "x"]});

    let id = mona.ask("s.request", json!(["lamp", "COLOUR", {"of": value}]));
    let asked = question(&mut lamp, "request");
    assert_eq!((&asked["name"], &asked["args"]["of"]), (&json!("COLOUR"), &value));
    say(&mut lamp, &asked, &value);
    assert_eq!(mona.result(id).unwrap(), value);

    let args = json!({"client": lamp.client_id(), "command": "shine", "args": [1, "two"], "deadline_ms": 9_000});
    let id = mona.ask("s.callclient", args);
    let called = question(&mut lamp, "call");
    assert_eq!(called["command"], "shine");
    assert_eq!(
        (&called["args"], &called["deadline_ms"]),
        (&json!([1, "two"]), &json!(9_000))
    );
    say(&mut lamp, &called, &Value::Null);
    assert_eq!(mona.result(id).unwrap(), Value::Null);

    // As text, and the client's own error.
    mona.send(&json!({"text": {"id": 70, "body": "s.request(lamp, COLOUR, deadline_ms=9000)"}}));
    let asked = question(&mut lamp, "request");
    let own = json!({"code": "not_now", "message": "it is dark", "detail": {"until": 6}});
    lamp.send(&json!({"result": {"id": asked["id"], "error": own}}));
    let refused = mona.result(70).unwrap_err();
    assert_eq!((refused.code.as_str(), &refused.detail), ("not_now", &own["detail"]));
    assert!(refused.message.contains("it is dark"), "{}", refused.message);
    let audit = mona.call("s.audit", json!({})).unwrap();
    let events = audit.as_array().unwrap();
    assert!(
        events
            .iter()
            .any(|event| event["what"] == "s.callclient" && event["detail"] == "shine" && event["result"] == "done")
    );
}

#[test]
fn a_retry_of_a_called_command_hears_the_first_answer() {
    let server = Server::start();
    let (mut mona, mut lamp) = (server.as_user("mona"), lamp(&server));
    let args = json!({"client": "lamp", "command": "shine", "request_id": "once"});
    let id = mona.ask("s.callclient", args.clone());
    let called = question(&mut lamp, "call");
    say(&mut lamp, &called, &json!("bright"));
    assert_eq!(mona.result(id).unwrap(), "bright");
    assert_eq!(mona.call("s.callclient", args).unwrap(), "bright");
    assert!(
        lamp.is_alive(),
        "and it was not called again: is_alive passes over no question"
    );
}

#[test]
fn what_cannot_be_asked_is_refused_by_name() {
    let server = Server::start();
    let (mut mona, _lamp) = (server.as_user("mona"), lamp(&server));
    for command in ["s.request", "s.callclient"] {
        assert_eq!(mona.code_of(command, json!(["nobody", "COLOUR"])), "not_found");
        assert_eq!(mona.code_of(command, json!(["lamp"])), "bad_arguments");
        let zero = json!(["lamp", "COLOUR", [], 0]);
        assert_eq!(mona.code_of(command, zero), "bad_arguments");
        assert_eq!(mona.code_of(command, json!(["lamp", "COLOUR", "red"])), "bad_arguments");
        let (full, over) = (vec![0; 64], vec![0; 65]);
        assert_ne!(mona.code_of(command, json!(["lamp", "x", full])), "bad_arguments");
        assert_eq!(mona.code_of(command, json!(["lamp", "x", over])), "bad_arguments");
        assert_eq!(
            server.as_user("anna").code_of(command, json!(["lamp", "COLOUR"])),
            "forbidden"
        );
    }
    let refused = mona.call("s.request", json!(["lamp", "WEIGHT"])).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.detail),
        ("unknown_requestable", json!(["COLOUR", "PING"]))
    );
    assert!(refused.message.contains("COLOUR"), "{}", refused.message);
    let refused = mona.call("s.callclient", json!(["lamp", "fly"])).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.detail),
        ("unknown_command", json!(["shine", "unlock"]))
    );
}

#[test]
fn the_commands_of_cars_are_refused_for_everybody_on_every_kind_of_client() {
    let server = Server::start();
    let car = FakeCar::online(&server, "amber", Manner::Done);
    let doors = json!({"locked": true, "open": []});
    car.says(json!({"DOORS": doors}));
    let _lamp = lamp(&server);
    for person in ["mona", "ada"] {
        let mut raw = server.as_user(person);
        for client in ["amber", "lamp", "nobody"] {
            for command in ["unlock", "lock", "immobilise", "honk", "UNLOCK", " unlock"] {
                let code = raw.code_of("s.callclient", json!([client, command]));
                assert_eq!(code, "forbidden", "{person} {client} {command}");
            }
        }
        let told = raw.call("s.request", json!(["amber", "DOORS"])).unwrap();
        assert_eq!(told, doors);
    }
    assert!(car.told().is_empty());
}

#[test]
fn many_questions_in_flight_are_each_answered_whatever_the_order() {
    const MANY: u64 = 24;
    let server = Server::start();
    let (mut mona, mut lamp) = (server.as_user("mona"), lamp(&server));
    let ids: Vec<u64> = (0..MANY)
        .map(|number| mona.ask("s.request", json!(["lamp", "COLOUR", [number]])))
        .collect();
    let mut asked: Vec<Value> = (0..MANY).map(|_| question(&mut lamp, "request")).collect();
    asked.reverse();
    for one in &asked {
        say(&mut lamp, one, &one["args"][0]);
    }
    let mut told = BTreeMap::new();
    while told.len() < ids.len() {
        let frame = mona.answer().unwrap();
        let result = &frame["result"];
        told.insert(result["id"].as_u64().unwrap(), result["ok"].clone());
    }
    for (number, id) in (0..MANY).zip(ids) {
        assert_eq!(told[&id], json!(number));
    }
}

#[test]
fn a_client_that_never_answers_is_a_timeout_and_its_late_answer_nobodys() {
    let server = Server::start();
    let (mut mona, mut lamp) = (server.as_user("mona"), lamp(&server));
    for (command, what, kind) in [("s.request", "COLOUR", "request"), ("s.callclient", "shine", "call")] {
        let refused = mona.call(command, json!(["lamp", what, [], 30])).unwrap_err();
        assert_eq!(refused.code, "timeout", "{}", refused.message);
        let late = question(&mut lamp, kind);
        say(&mut lamp, &late, &json!("late"));
        assert!(lamp.is_alive());
        let id = mona.ask(command, json!(["lamp", what]));
        let asked = question(&mut lamp, kind);
        assert_ne!(asked["id"], late["id"]);
        say(&mut lamp, &late, &json!("later still"));
        say(&mut lamp, &asked, &json!("in time"));
        assert_eq!(mona.result(id).unwrap(), "in time");
    }
}

#[test]
fn after_many_time_outs_nothing_is_left_and_late_answers_are_counted() {
    let server = Server::start();
    let mut lamp = lamp(&server);
    let mut askers: Vec<Raw> = (0..4).map(|_| server.as_user("mona")).collect();
    for round in 0..2 {
        // As many as one client may owe, and all of them in vain: were a place kept, the second round would be `busy`.
        let mut ids = Vec::new();
        for (asker, raw) in askers.iter_mut().enumerate() {
            let ask = |raw: &mut Raw| raw.ask("s.request", json!(["lamp", "COLOUR", [], 400]));
            ids.extend((0..ASKS_PENDING_MAX / 4).map(|_| (asker, ask(raw))));
        }
        let asked: Vec<Value> = (0..ASKS_PENDING_MAX).map(|_| question(&mut lamp, "request")).collect();
        let mut left = vec![ASKS_PENDING_MAX / 4; askers.len()];
        for (asker, _) in ids {
            let frame = askers[asker].answer().unwrap();
            assert_eq!(frame["result"]["error"]["code"], "timeout", "{frame}");
            left[asker] -= 1;
        }
        assert_eq!(left, [0; 4]);
        for late in &asked {
            say(&mut lamp, late, &json!("late"));
        }
        assert!(lamp.is_alive());
        let counted = metric(server.http(), "motorpool_asks_late_total", &[]);
        assert_eq!(counted, f64::from((round + 1) * 64));
    }
    let id = askers[0].ask("s.request", json!(["lamp", "COLOUR"]));
    let asked = question(&mut lamp, "request");
    say(&mut lamp, &asked, &json!("in time"));
    assert_eq!(askers[0].result(id).unwrap(), "in time");
}

#[test]
fn a_client_that_vanishes_is_heard_of_at_once() {
    let server = Server::start();
    let mut mona = server.as_user("mona");
    for (command, what, kind) in [("s.request", "COLOUR", "request"), ("s.callclient", "shine", "call")] {
        let mut lamp = lamp(&server);
        let started = std::time::Instant::now();
        let id = mona.ask(command, json!([lamp.client_id(), what, [], 50_000]));
        question(&mut lamp, kind);
        lamp.hang_up();
        let refused = mona.result(id).unwrap_err();
        assert_eq!(refused.code, "unavailable", "{}", refused.message);
        assert!(started.elapsed() < std::time::Duration::from_secs(15));
        let id = lamp.client_id().to_owned();
        until("the lamp to be forgotten", || {
            let code = mona.code_of(command, json!([id, what, [], 20]));
            (code == "not_found").then_some(())
        });
    }
}

#[test]
fn one_client_owes_so_many_answers_and_not_one_more() {
    let server = Server::start();
    let mut lamp = lamp(&server);
    let mut askers: Vec<Raw> = (0..4).map(|_| server.as_user("mona")).collect();
    let mut ids = Vec::new();
    for raw in &mut askers {
        let of_one: Vec<u64> = (0..ASKS_PENDING_MAX / 4)
            .map(|_| raw.ask("s.request", json!(["lamp", "COLOUR", [], 50_000])))
            .collect();
        ids.push(of_one);
    }
    let asked: Vec<Value> = (0..ASKS_PENDING_MAX).map(|_| question(&mut lamp, "request")).collect();
    let mut ada = server.as_user("ada");
    assert_eq!(ada.code_of("s.request", json!(["lamp", "COLOUR"])), "busy");
    assert!(metric(server.http(), "motorpool_asks_refused_total", &[]) >= 1.0);
    for one in &asked {
        say(&mut lamp, one, &json!(1));
    }
    for (raw, of_one) in askers.iter_mut().zip(ids) {
        let mut left = of_one.len();
        while left > 0 {
            let frame = raw.answer().unwrap();
            assert_eq!(frame["result"]["ok"], 1, "{frame}");
            left -= 1;
        }
    }
    let id = ada.ask("s.request", json!(["lamp", "COLOUR"]));
    let asked = question(&mut lamp, "request");
    say(&mut lamp, &asked, &json!(2));
    assert_eq!(ada.result(id).unwrap(), 2);
}

#[test]
fn a_question_that_would_not_fit_into_a_frame_costs_nobody_a_connection() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__FRAME_BYTES", "4096")]);
    let (mut mona, mut lamp) = (server.as_user("mona"), lamp(&server));
    let shortest = frame_of(&json!({"call": {"id": 1, "command": "s.callclient", "args": ["lamp", "shine", [""]]}}));
    // The head of a long text is two bytes longer. The question has a longer id, and a deadline.
    let letters = 4_096 + 4 - shortest.len() - 2;
    let refused = mona.call("s.callclient", json!(["lamp", "shine", ["x".repeat(letters)]]));
    assert_eq!(refused.unwrap_err().code, "too_large");
    assert!(lamp.is_alive() && mona.is_alive());
}
