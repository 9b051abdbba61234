//! Subscriptions: who may hear what, when it comes, and what ends it.

use serde_json::{Value, json};

use crate::harness::{FakeCar, Manner, Raw, Server, metric, until};

/// The next event of that name; what else comes is passed over.
fn event(raw: &mut Raw, name: &str) -> Value {
    loop {
        let frame = raw.read().expect("an event before the end");
        if frame["event"]["name"] == name {
            assert!(frame["event"]["epoch"].is_string(), "{frame}");
            return frame["event"].clone();
        }
    }
}

fn subscribe(raw: &mut Raw, args: Value) -> Value {
    raw.call("s.subscribe", args).unwrap()["subscription"].clone()
}

#[test]
fn a_subscriber_hears_the_value_and_each_change_and_nothing_after_it_has_enough() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__SUBSCRIBE_LOOK_MS", "20")]);
    let (mut mona, mut ada) = (server.as_user("mona"), server.as_user("ada"));
    let subscription = subscribe(&mut mona, json!(["CLIENTS"]));
    let first = event(&mut mona, "CLIENTS");
    assert_eq!((&first["seq"], &first["data"]["name"]), (&json!(0), &json!("CLIENTS")));
    assert_eq!(first["data"]["subscription"], subscription);
    let listed = |event: &Value| event["data"]["value"].as_array().unwrap().len();
    assert_eq!(listed(&first), 2);
    let guest = server.guest();
    assert_eq!(listed(&event(&mut mona, "CLIENTS")), 3, "pushed because it changed");
    guest.hang_up();
    assert_eq!(listed(&event(&mut mona, "CLIENTS")), 2);

    let mine = mona.call("s.subscriptions", json!([])).unwrap();
    assert_eq!((&mine[0]["name"], &mine[0]["pushed"]), (&json!("CLIENTS"), &json!(3)));
    assert_eq!(ada.call("s.subscriptions", json!([])).unwrap(), json!([]));
    let all = ada.call("s.subscriptions", json!({"all": true})).unwrap();
    assert_eq!(
        (&all[0]["subscriber"], &all[0]["subscription"]),
        (&json!(mona.name()), &subscription)
    );
    let mut anna = server.as_user("anna");
    assert_eq!(anna.code_of("s.subscriptions", json!({"all": true})), "forbidden");

    // Nobody ends another's.
    assert_eq!(ada.code_of("s.unsubscribe", json!([subscription])), "not_found");
    let ended = mona.call("s.unsubscribe", json!([subscription])).unwrap();
    assert_eq!(ended["ended"], json!([subscription]));
    assert_eq!(mona.code_of("s.unsubscribe", json!([subscription])), "not_found");
    assert_eq!(mona.call("s.unsubscribe", json!([])).unwrap()["ended"], json!([]));
    let looks = || metric(server.http(), "motorpool_subscription_looks_total", &["outcome=\"ok\""]);
    assert!(looks() >= 3.0);
    assert_eq!(metric(server.http(), "motorpool_subscriptions", &[]), 0.0);
}

#[test]
fn at_an_interval_the_value_comes_changed_or_not_and_the_interval_has_bounds() {
    let server = Server::start();
    let mut guest = server.guest();
    for wrong in [0, 99, 3_600_001] {
        let refused = guest
            .call("s.subscribe", json!({"name": "DATASOCKS", "every_ms": wrong}))
            .unwrap_err();
        assert_eq!(refused.code, "bad_arguments");
        assert!(refused.message.contains("100 to 3600000"), "{}", refused.message);
    }
    subscribe(&mut guest, json!({"name": "DATASOCKS", "every_ms": 100}));
    let first = event(&mut guest, "DATASOCKS");
    for _ in 0..3 {
        assert_eq!(event(&mut guest, "DATASOCKS")["data"], first["data"]);
    }
    guest
        .call("s.subscribe", json!({"name": "DATASOCKS", "every_ms": 3_600_000}))
        .unwrap();
}

#[test]
fn who_may_not_ask_may_not_subscribe_and_what_does_not_fit_is_refused_by_name() {
    let server = Server::start();
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    let refused = anna.call("s.subscribe", json!(["CLIENTS"])).unwrap_err();
    assert_eq!(refused.code, "forbidden");
    assert!(refused.message.contains("`manager`"), "{}", refused.message);
    let position = json!({"name": "POSITION", "client": "amber"});
    assert_eq!(anna.code_of("s.subscribe", position.clone()), "forbidden");
    assert_eq!(mona.code_of("s.subscribe", position), "not_found");
    assert_eq!(anna.code_of("s.subscribe", json!(["NOTHING"])), "unknown_requestable");
    assert_eq!(
        anna.code_of("s.subscribe", json!({"name": "STATISTICS", "args": {"of": 1}})),
        "bad_arguments"
    );
    assert_eq!(anna.code_of("s.subscribe", json!([])), "bad_arguments");
    let _car = FakeCar::online(&server, "amber", Manner::Done);
    let weight = json!({"name": "WEIGHT", "client": "amber"});
    assert_eq!(mona.code_of("s.subscribe", weight), "unknown_requestable");
}

#[test]
fn a_requestable_of_a_car_is_pushed_when_the_car_says_something_else() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__SUBSCRIBE_LOOK_MS", "20")]);
    let mut mona = server.as_user("mona");
    let car = FakeCar::online(&server, "amber", Manner::Done);
    car.says(json!({"FUEL": {"percent": 50}}));
    subscribe(&mut mona, json!({"name": "FUEL", "client": "amber"}));
    assert_eq!(event(&mut mona, "FUEL")["data"]["value"], json!({"percent": 50}));
    car.says(json!({"FUEL": {"percent": 49}}));
    assert_eq!(event(&mut mona, "FUEL")["data"]["value"], json!({"percent": 49}));
    // Away: told once. Back: the subscription goes on.
    drop(car);
    let error = loop {
        // While it leaves, a question may still be open.
        let error = event(&mut mona, "FUEL")["data"]["error"].clone();
        if error["code"] == "not_found" {
            break error;
        }
        assert_eq!(error["code"], "unavailable");
    };
    assert!(error["message"].as_str().unwrap().contains("amber"));
    let car = FakeCar::online(&server, "amber", Manner::Done);
    car.says(json!({"FUEL": {"percent": 48}}));
    until("the fuel of the car that is back", || {
        (event(&mut mona, "FUEL")["data"]["value"] == json!({"percent": 48})).then_some(())
    });
}

#[test]
fn losing_the_permission_ends_the_subscription_with_a_word() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__SUBSCRIBE_LOOK_MS", "20")]);
    let (mut mona, mut ada) = (server.as_user("mona"), server.as_user("ada"));
    let subscription = subscribe(&mut mona, json!({"name": "CLIENTS", "every_ms": 3_600_000}));
    event(&mut mona, "CLIENTS");
    ada.call("s.setrole", json!({"user": "mona", "role": "customer"}))
        .unwrap();
    let data = loop {
        let data = event(&mut mona, "CLIENTS")["data"].clone();
        if data.get("ended").is_some() {
            break data;
        }
    };
    assert_eq!((&data["subscription"], &data["ended"]), (&subscription, &json!(true)));
    assert_eq!(data["error"]["code"], "forbidden");
    assert_eq!(mona.call("s.subscriptions", json!([])).unwrap(), json!([]));
    assert!(mona.is_alive());
}

#[test]
fn what_a_subscriber_sees_follows_its_rights() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__SUBSCRIBE_LOOK_MS", "20")]);
    let (mut anna, mut ada) = (server.as_user("anna"), server.as_user("ada"));
    subscribe(&mut anna, json!(["COMMANDS"]));
    let has = |event: &Value, command: &str| {
        let listed = event["data"]["value"].as_array().unwrap();
        listed.iter().any(|entry| entry["name"] == command)
    };
    assert!(!has(&event(&mut anna, "COMMANDS"), "s.clients"));
    ada.call("s.getrights", json!([anna.name(), "manager"])).unwrap();
    assert!(has(&event(&mut anna, "COMMANDS"), "s.clients"));
}

#[test]
fn a_subscription_ends_with_its_connection_and_a_resumed_client_begins_anew() {
    let server = Server::start();
    let (mut mona, mut ada) = (server.as_user("mona"), server.as_user("ada"));
    subscribe(&mut mona, json!(["CLIENTS"]));
    event(&mut mona, "CLIENTS");
    mona.hang_up();
    let mut again = Raw::resume(server.address(), mona.token());
    assert_eq!(again.client_id(), mona.client_id());
    until("the subscription to be gone", || {
        (ada.call("s.subscriptions", json!({"all": true})).unwrap() == json!([])).then_some(())
    });
    assert_eq!(again.call("s.subscriptions", json!([])).unwrap(), json!([]));
}

#[test]
fn so_many_subscriptions_and_not_one_more() {
    let bounds = [
        ("MOTORPOOL_LIMITS__SUBSCRIPTIONS_PER_CLIENT", "3"),
        ("MOTORPOOL_LIMITS__SUBSCRIPTIONS_MAX", "4"),
    ];
    let server = Server::with(&bounds);
    let (mut one, mut other) = (server.guest(), server.guest());
    for _ in 0..3 {
        subscribe(&mut one, json!(["DATASOCKS"]));
    }
    let refused = one.call("s.subscribe", json!(["DATASOCKS"])).unwrap_err();
    assert_eq!(refused.code, "busy");
    assert!(refused.message.contains('3'), "{}", refused.message);
    subscribe(&mut other, json!(["DATASOCKS"]));
    assert_eq!(other.code_of("s.subscribe", json!(["DATASOCKS"])), "busy");
    let refused = |bound: &str| metric(server.http(), "motorpool_subscriptions_refused_total", &[bound]);
    assert_eq!((refused("bound=\"client\""), refused("bound=\"total\"")), (1.0, 1.0));
    one.call("s.unsubscribe", json!([])).unwrap();
    subscribe(&mut other, json!(["DATASOCKS"]));
}

#[test]
fn many_who_want_the_same_are_told_from_one_look() {
    const MANY: usize = 40;
    let server = Server::start();
    let mut guests: Vec<Raw> = (0..MANY).map(|_| server.guest()).collect();
    for guest in &mut guests {
        subscribe(guest, json!({"name": "DATASOCKS", "every_ms": 60_000}));
    }
    for guest in &mut guests {
        event(guest, "DATASOCKS");
    }
    let looks = metric(
        server.http(),
        "motorpool_requests_total",
        &["requestable=\"DATASOCKS\""],
    );
    let pushed = metric(
        server.http(),
        "motorpool_subscription_pushes_total",
        &["outcome=\"pushed\""],
    );
    assert!(looks < 20.0, "{looks} looks for {MANY} subscribers");
    assert_eq!(pushed, 40.0);
}
