//! Messages and notices to places: who is there hears them, and nobody learns from them who is.

mod bots;
mod windows;

use serde_json::{Value, json};

use crate::harness::{Raw, Refused, Rest, Server, Sio, until};
use crate::places::{HERE, circle, go, north};

/// A server with a building of 54 m, `civil`, and another one far away, `torre`.
pub(crate) fn with_buildings(settings: &[(&str, &str)]) -> Server {
    let server = Server::with(settings);
    let mut mona = server.as_user("mona");
    mona.call("s.addbuilding", circle("civil", HERE, 54.0)).unwrap();
    mona.call("s.addbuilding", circle("torre", north(1_000.0), 54.0))
        .unwrap();
    server
}

/// Sends by frame and waits for the result.
fn send(raw: &mut Raw, id: u64, to: Value, body: &str) -> Result<Value, Refused> {
    // Beside the ids of calls.
    let id = id + 10_000;
    raw.send(&json!({"send": {"id": id, "to": to, "body": body}}));
    raw.result(id)
}

/// The next event of that name.
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

/// What is in somebody's inbox, oldest first.
pub(crate) fn bodies(raw: &mut Raw) -> Vec<String> {
    let page = raw.call("s.inbox", json!({"after": 0, "limit": 100})).unwrap();
    let messages = page["messages"].as_array().unwrap().clone();
    for (number, message) in (1..).zip(&messages) {
        assert_eq!(message["seq"], number, "dense: {page}");
    }
    messages
        .iter()
        .map(|message| message["body"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_message_to_a_building_reaches_everybody_in_it_and_tells_the_sender_of_those_they_see() {
    let server = with_buildings(&[]);
    let (mut anna, mut bert, mut emil) = (server.as_user("anna"), server.as_user("bert"), server.as_user("emil"));
    let (mut mona, mut away) = (server.as_user("mona"), server.as_user("rider-00"));
    let token = away.token().to_owned();
    for (raw, metres) in [
        (&mut anna, 0.0),
        (&mut bert, 20.0),
        (&mut emil, 30.0),
        (&mut away, 40.0),
    ] {
        assert_eq!(go(raw, north(metres))["building"], "civil");
    }
    assert_eq!(go(&mut mona, north(200.0))["building"], Value::Null);
    emil.call("s.setvisibility", json!(["nobody"])).unwrap();
    away.hang_up();
    let sent = send(&mut anna, 1, json!({"building": "civil"}), "it's cold here").unwrap();
    assert_eq!(
        (&sent["recipients"], sent.get("pushed")),
        (&json!(2), None),
        "Bert and whoever is away, whom she sees; not Emil, who hides"
    );
    for raw in [&mut bert, &mut emil] {
        let data = event(raw, "message")["data"].clone();
        assert_eq!(
            (&data["id"], &data["seq"], &data["from"], &data["to"]),
            (&sent["message"], &json!(1), &json!("anna"), &json!("building"))
        );
        assert_eq!(
            (&data["building"], &data["body"]),
            (&json!("civil"), &json!("it's cold here"))
        );
    }
    let mut away = Raw::resume(server.address(), &token);
    assert_eq!(
        event(&mut away, "message")["data"]["body"],
        "it's cold here",
        "kept for who was away"
    );
    for raw in [&mut anna, &mut mona] {
        assert_eq!(bodies(raw), [""; 0], "neither the sender nor who is elsewhere");
    }
    // Nothing that comes later tells who was there.
    bert.call("s.read", json!([1])).unwrap();
    emil.call("s.read", json!([1])).unwrap();
    assert_eq!(anna.call("s.readers", json!([sent["message"]])).unwrap(), json!([]));
    send(&mut bert, 1, json!({"user": "anna"}), "yes").unwrap();
    let next = std::iter::repeat_with(|| anna.read().unwrap()).find(|frame| frame["event"]["seq"].as_u64() > Some(0));
    assert_eq!(
        next.unwrap()["event"]["data"]["body"],
        "yes",
        "no receipt came before it"
    );
    assert_eq!(anna.call("s.sent", json!([])).unwrap()["messages"][0]["recipients"], 2);
}

#[test]
fn who_hides_or_is_not_there_makes_no_difference_to_the_answer() {
    let server = with_buildings(&[]);
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    go(&mut anna, HERE);
    bert.call("s.setvisibility", json!(["nobody"])).unwrap();
    let without_number = |mut answer: Value| {
        assert!(answer["message"].is_u64());
        answer["message"] = Value::Null;
        answer
    };
    let targets = [json!({"building": "civil"}), json!({"range_m": 1_000})];
    let mut empty = Vec::new();
    for (id, to) in (1..).zip(&targets) {
        empty.push(without_number(send(&mut anna, id, to.clone(), "anybody?").unwrap()));
    }
    go(&mut bert, north(10.0));
    for (id, (to, before)) in (10..).zip(targets.iter().zip(&empty)) {
        assert_eq!(
            without_number(send(&mut anna, id, to.clone(), "anybody?").unwrap()),
            *before,
            "{to}"
        );
    }
    assert_eq!(
        bodies(&mut bert),
        ["anybody?"],
        "the building; a range is only for whom she sees"
    );
}

#[test]
fn a_block_keeps_messages_to_places_away_in_both_directions() {
    let server = with_buildings(&[]);
    let (mut anna, mut bert, mut emil) = (server.as_user("anna"), server.as_user("bert"), server.as_user("emil"));
    for raw in [&mut anna, &mut bert, &mut emil] {
        go(raw, HERE);
    }
    anna.call("s.block", json!(["bert"])).unwrap();
    for to in [json!({"building": "civil"}), json!({"range_m": 100})] {
        assert_eq!(send(&mut anna, 1, to.clone(), "from anna").unwrap()["recipients"], 1);
        assert_eq!(send(&mut bert, 1, to, "from bert").unwrap()["recipients"], 1);
    }
    assert_eq!(bodies(&mut emil), ["from anna", "from bert", "from anna", "from bert"]);
    assert_eq!((bodies(&mut anna), bodies(&mut bert)), (vec![], vec![]));
    anna.call("s.unblock", json!(["bert"])).unwrap();
    send(&mut bert, 2, json!({"building": "civil"}), "again").unwrap();
    assert_eq!(bodies(&mut anna), ["again"]);
}

#[test]
fn a_range_is_heard_by_those_whom_the_sender_may_see_in_it() {
    let server = Server::start();
    let (mut anna, mut bert, mut emil) = (server.as_user("anna"), server.as_user("bert"), server.as_user("emil"));
    let (mut far, mut named) = (server.as_user("rider-00"), server.as_user("rider-01"));
    go(&mut anna, HERE);
    for (raw, metres) in [
        (&mut bert, 30.0),
        (&mut emil, 40.0),
        (&mut far, 80.0),
        (&mut named, 90.0),
    ] {
        go(raw, north(metres));
    }
    emil.call("s.setvisibility", json!(["nobody"])).unwrap();
    let chosen = json!({"to": "nobody", "people": ["anna"]});
    named.call("s.setvisibility", chosen).unwrap();
    // The one at 80 m is seen from 50 m at most.
    for (id, range_m, recipients) in [(1, json!(20), 0), (2, json!(35.5), 1), (3, json!(100), 2)] {
        let sent = send(&mut anna, id, json!({"range_m": range_m}), &format!("{id}")).unwrap();
        assert_eq!(sent["recipients"], recipients, "{range_m}");
    }
    assert_eq!(
        (bodies(&mut bert), bodies(&mut named)),
        (vec!["2".to_owned(), "3".to_owned()], vec!["3".to_owned()])
    );
    assert_eq!((bodies(&mut emil), bodies(&mut far)), (vec![], vec![]));
    let heard = bert.call("s.inbox", json!({"limit": 1})).unwrap()["messages"][0].clone();
    assert_eq!((&heard["to"], heard.get("building")), (&json!("range_m"), None));
    bert.hang_up();
    let by_command = anna
        .call("s.send", json!({"body": "away too", "range_m": 35.5}))
        .unwrap();
    assert_eq!(by_command["recipients"], 1);
}

#[test]
fn what_is_no_place_of_the_sender_is_refused_by_name_through_each_door() {
    let server = with_buildings(&[]);
    let (mut anna, mut bert, mut guest) = (server.as_user("anna"), server.as_user("bert"), server.guest());
    let mut rest = Rest::bearer(server.http(), server.token_of("anna"));
    let nowhere = send(&mut bert, 1, json!({"range_m": 10}), "x").unwrap_err();
    assert_eq!(
        (nowhere.code.as_str(), nowhere.message.contains("s.move")),
        ("not_now", true)
    );
    assert_eq!(
        send(&mut bert, 2, json!({"building": "civil"}), "x").unwrap_err().code,
        "forbidden"
    );
    go(&mut anna, HERE);
    let long = "b".repeat(4_000);
    for (field, value, code) in [
        ("building", json!("torre"), "forbidden"),
        ("building", json!("no'where"), "not_found"),
        ("building", json!(""), "not_found"),
        ("building", json!(long), "not_found"),
        ("range_m", json!(0), "bad_arguments"),
        ("range_m", json!(-1), "bad_arguments"),
        ("range_m", json!(50_000.5), "bad_arguments"),
        ("range_m", json!(1e300), "bad_arguments"),
    ] {
        let refused = send(&mut anna, 1, json!({field: value}), "x").unwrap_err();
        assert_eq!(refused.code, code, "{field} {value}: {}", refused.message);
        let args = json!({"body": "x", field: value});
        assert_eq!(anna.code_of("s.send", args.clone()), code, "{args}");
        assert_eq!(rest.post("/api/v1/messages", &args).code(), code, "{args}");
        assert_eq!(
            send(&mut guest, 1, json!({field: value}), "x").unwrap_err().code,
            "unauthenticated"
        );
    }
    for args in [
        json!({"body": "x", "building": "civil", "range_m": 10}),
        json!({"body": "x", "building": "civil", "users": ["bert"]}),
        json!({"body": "x", "building": "civil", "room": "yard"}),
        json!({"body": "x", "range_m": 10, "everybody": true}),
        json!({"body": "x", "range_m": "10 m"}),
        json!({"body": "", "building": "civil"}),
    ] {
        assert_eq!(anna.code_of("s.send", args.clone()), "bad_arguments", "{args}");
        assert_eq!(rest.post("/api/v1/messages", &args).code(), "bad_arguments", "{args}");
    }
    server.as_user("mona").call("s.mute", json!([anna.name()])).unwrap();
    assert_eq!(
        send(&mut anna, 2, json!({"building": "civil"}), "x").unwrap_err().code,
        "muted"
    );
}

#[test]
fn managers_write_to_any_building_and_that_is_kept_like_a_look() {
    let server = with_buildings(&[]);
    let (mut mona, mut anna, mut bert) = (server.as_user("mona"), server.as_user("anna"), server.as_user("bert"));
    go(&mut anna, HERE);
    go(&mut bert, HERE);
    anna.call("s.setvisibility", json!(["nobody"])).unwrap();
    let mut rest = Rest::bearer(server.http(), server.token_of("mona"));
    let sent = rest.post(
        "/api/v1/messages",
        &json!({"body": "the lift is out", "building": "civil"}),
    );
    assert_eq!((sent.status, &sent.json()["recipients"]), (201, &json!(2)), "{sent:?}");
    assert_eq!(
        (bodies(&mut anna), bodies(&mut bert)),
        (vec!["the lift is out".to_owned()], vec!["the lift is out".to_owned()])
    );
    let audit = server
        .as_user("ada")
        .call("s.audit", json!({"on_what": "building:civil"}))
        .unwrap();
    let looked = audit
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["result"] == "looked")
        .count();
    assert_eq!(looked, 1, "{audit}");
    assert!(!audit.to_string().contains("lift"), "{audit}");
    assert_eq!(
        mona.code_of("s.send", json!({"body": "x", "building": "nowhere"})),
        "not_found"
    );
}

#[test]
fn a_client_of_the_first_system_hears_of_a_message_to_its_building_and_fetches_it() {
    let server = with_buildings(&[]);
    let (mut anna, mut inside, mut outside) = (server.as_user("anna"), server.as_user("bert"), server.as_user("emil"));
    go(&mut anna, HERE);
    go(&mut inside, HERE);
    go(&mut outside, north(500.0));
    let page = |person: &str| {
        let mut sio = Sio::join(server.http(), "", None).unwrap();
        sio.event("welcome");
        let token = server.token_of(person);
        sio.ask("new_client", json!([{"id": person, "token": token}])).unwrap();
        let client_id = sio.event("welcome").0["client_id"].clone();
        (sio, token, client_id)
    };
    let ((mut bert, token, client_id), (mut emil, ..)) = (page("bert"), page("emil"));
    send(&mut anna, 1, json!({"building": "civil"}), "it's lunch").unwrap();
    assert_eq!(bert.event("new_message").0, json!(["bert"]));
    assert!(emil.call("s.whoami", json!([])).is_ok());
    assert_eq!(emil.events_so_far("new_message"), 0);
    let fetch = json!({"id": "bert", "token": token, "socket_id": client_id});
    let fetched = Rest::guest(server.http()).post("/API/user/message/receive", &fetch);
    let texts: Vec<String> = serde_json::from_str(&fetched.body).unwrap();
    assert_eq!(texts.len(), 1, "{fetched:?}");
    let message: Value = serde_json::from_str(&texts[0]).unwrap();
    assert_eq!(
        (&message["id"], &message["message"]),
        (&json!("anna"), &json!("it's lunch"))
    );
}

#[test]
fn a_notice_to_a_building_reaches_who_is_in_it_and_who_comes_into_it_while_it_lasts() {
    let mut server = with_buildings(&[]);
    let (mut mona, mut anna, mut bert) = (server.as_user("mona"), server.as_user("anna"), server.as_user("bert"));
    let (mut guest, mut hidden) = (server.guest(), server.as_user("rider-00"));
    let token = hidden.token().to_owned();
    go(&mut anna, HERE);
    go(&mut hidden, HERE);
    hidden.call("s.setvisibility", json!(["nobody"])).unwrap();
    go(&mut bert, north(500.0));
    assert_eq!(
        anna.code_of("s.notice", json!({"body": "fire", "building": "civil"})),
        "forbidden"
    );
    assert_eq!(
        mona.code_of("s.notice", json!({"body": "fire", "building": "no'where"})),
        "not_found"
    );
    let given = mona
        .call(
            "s.notice",
            json!({"body": "it's burning", "building": "civil", "minutes": 5}),
        )
        .unwrap();
    assert_eq!(given["building"], "civil");
    for raw in [&mut anna, &mut hidden] {
        let notice = event(raw, "notice");
        assert_eq!(
            (&notice["data"]["body"], &notice["data"]["building"]),
            (&json!("it's burning"), &json!("civil"))
        );
    }
    for raw in [&mut bert, &mut guest] {
        raw.send(&json!({"ping": {"id": 9}}));
        let next = std::iter::repeat_with(|| raw.read().unwrap()).find(|frame| frame.get("ping").is_none());
        assert!(next.unwrap().get("pong").is_some(), "not for who is elsewhere");
    }
    go(&mut bert, north(5.0));
    let notice = event(&mut bert, "notice");
    assert_eq!(notice["data"]["notice"], given["notice"], "he came into the building");
    acknowledge(&mut bert, &notice);
    // Who is there is known again after a restart, and who had it not yet gets it.
    server.terminate();
    assert_eq!(server.ended().code(), Some(0));
    server.start_again();
    let mut hidden = Raw::resume(server.address(), &token);
    assert_eq!(event(&mut hidden, "notice")["data"]["notice"], given["notice"]);
    let (mut mona, mut bert) = (server.as_user("mona"), server.as_user("bert"));
    send(&mut mona, 1, json!({"user": "bert"}), "behind it").unwrap();
    let next = until("the message", || {
        let frame = bert.read().unwrap();
        frame["event"]["name"]
            .as_str()
            .map(str::to_owned)
            .filter(|name| name != "movement")
    });
    assert_eq!(next, "message", "he has acknowledged the notice");
    mona.call("s.endnotice", json!([given["notice"]])).unwrap();
    let mut emil = server.as_user("emil");
    go(&mut emil, HERE);
    send(&mut mona, 2, json!({"user": "emil"}), "nothing before it").unwrap();
    let first = std::iter::repeat_with(|| emil.read().unwrap()).find(|frame| frame["event"]["seq"].as_u64() > Some(0));
    assert_eq!(first.unwrap()["event"]["name"], "message");
}
