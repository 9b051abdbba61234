//! Asking twice: the same call again gives the first answer, and does nothing twice.
//!
//! By the same request id, on any connection and after a restart; by the same call id on a resumed one.

use serde_json::{Value, json};

use crate::datasocks::attach;
use crate::harness::{FakeCar, Manner, Raw, Server, hour, in_minutes, metric};

fn count(server: &Server, person: &str) -> usize {
    let mut raw = server.as_user(person);
    raw.call("s.bookings", json!({})).unwrap().as_array().unwrap().len()
}

#[test]
fn a_retry_gives_the_first_answer_also_after_a_restart() {
    let mut server = Server::start();
    let book = json!({"car": "amber", "start": hour(0), "end": hour(1), "request_id": "r-1"});
    let first = server.as_user("anna").call("s.book", book.clone()).unwrap();
    assert_eq!(server.as_user("anna").call("s.book", book.clone()).unwrap(), first);
    server.kill();
    server.start_again();
    assert_eq!(server.as_user("anna").call("s.book", book.clone()).unwrap(), first);
    assert_eq!(count(&server, "anna"), 1);
    // A request id is its owner's own.
    assert_eq!(server.as_user("bert").code_of("s.book", book), "conflict");
}

#[test]
fn a_retry_of_what_was_refused_is_refused_again_although_it_would_work_now() {
    let mut server = Server::start();
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    let at = |request: &str| json!({"car": "amber", "start": hour(0), "end": hour(1), "request_id": request});
    let booked = anna.call("s.book", at("r-1")).unwrap();
    let refused = bert.call("s.book", at("b-1")).unwrap_err();
    assert_eq!(refused.code, "conflict");
    anna.call("s.cancel", json!({"booking": booked["booking"]})).unwrap();
    assert_eq!(bert.call("s.book", at("b-1")).unwrap_err(), refused);
    server.restart();
    let mut bert = server.as_user("bert");
    assert_eq!(bert.call("s.book", at("b-1")).unwrap_err(), refused);
    assert_eq!(bert.call("s.book", at("b-2")).unwrap()["state"], "reserved");
}

#[test]
fn a_request_id_is_good_for_one_call_only() {
    let server = Server::start();
    let mut anna = server.as_user("anna");
    let book = |car: &str| json!({"car": car, "start": hour(0), "end": hour(1), "request_id": "r-1"});
    let first = anna.call("s.book", book("amber")).unwrap();
    let other = anna.call("s.book", book("birch")).unwrap_err();
    assert_eq!(other.code, "conflict");
    assert!(other.message.contains("r-1"), "{}", other.message);
    let cancel = json!({"booking": first["booking"], "request_id": "r-1"});
    assert_eq!(anna.code_of("s.cancel", cancel), "conflict");
    for bad in [json!(""), json!("x".repeat(129)), json!(7), json!(["r"])] {
        let book = json!({"car": "birch", "start": hour(0), "end": hour(1), "request_id": bad});
        assert_eq!(anna.code_of("s.book", book), "bad_arguments", "{bad}");
    }
    assert_eq!(count(&server, "anna"), 1);
}

#[test]
fn the_same_request_from_many_sockets_at_once_is_done_once() {
    let server = Server::start();
    let book = json!({"car": "amber", "start": hour(0), "end": hour(1), "request_id": "r-1"});
    let mut sockets: Vec<Raw> = (0..4).map(|_| server.as_user("anna")).collect();
    let ids: Vec<u64> = sockets.iter_mut().map(|raw| raw.ask("s.book", book.clone())).collect();
    let answers: Vec<Value> = sockets
        .iter_mut()
        .zip(ids)
        .map(|(raw, id)| raw.result(id).unwrap())
        .collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(count(&server, "anna"), 1);
}

#[test]
fn the_same_call_id_on_a_resumed_connection_gives_the_first_answer() {
    let server = Server::start();
    let mut old = server.as_user("anna");
    let book = json!({"car": "amber", "start": hour(0), "end": hour(1)});
    old.ask_as(40, "s.book", book.clone());
    let first = old.result(40).unwrap();
    let mut new = Raw::resume(server.address(), old.token());
    new.ask_as(40, "s.book", book.clone());
    assert_eq!(new.result(40).unwrap(), first);
    // Another id is another call, and another call under that id is not the same either.
    new.ask_as(41, "s.book", book);
    assert_eq!(new.result(41).unwrap_err().code, "conflict");
    new.ask_as(40, "s.book", json!({"car": "birch", "start": hour(0), "end": hour(1)}));
    assert_eq!(new.result(40).unwrap()["car"], "birch");
    assert_eq!(count(&server, "anna"), 2);
}

#[test]
fn an_answer_lost_with_its_connection_is_heard_on_the_next() {
    let server = Server::start();
    let car = FakeCar::online(&server, "amber", Manner::Silent);
    let mut old = server.as_user("anna");
    let start = json!({"car": "amber", "start": in_minutes(-1), "end": in_minutes(60)});
    let booking = old.call("s.book", start).unwrap()["booking"].clone();
    old.ask_as(50, "s.unlock", json!({"booking": booking}));
    let command = car.told_at_least(1);
    old.hang_up();
    let mut new = Raw::resume(server.address(), old.token());
    new.ask_as(50, "s.unlock", json!({"booking": booking}));
    car.acknowledge(&command["id"]);
    assert_eq!(new.result(50).unwrap()["state"], "done");
    assert_eq!(car.told().len(), 1, "the car was told once");
}

/// Bodies of the messages in the inbox of somebody.
fn inbox(server: &Server, person: &str) -> Vec<Value> {
    let page = server.as_user(person).call("s.inbox", json!({})).unwrap();
    let messages = page["messages"].as_array().unwrap();
    messages.iter().map(|message| message["body"].clone()).collect()
}

#[test]
fn what_was_asked_is_done_once_over_any_number_of_cuts() {
    let server = Server::start();
    let mut bert = server.as_user("bert");
    let mut anna = server.as_user("anna");
    let book = json!({"car": "amber", "start": hour(0), "end": hour(1)});
    let kept = json!({"send": {"id": 61, "to": {"user": "bert"}, "body": "kept"}});
    let said = json!({"send": {"id": 62, "to": {"client": bert.name()}, "body": "said"}});
    let asks = |raw: &mut Raw| -> Vec<Value> {
        raw.ask_as(60, "s.book", book.clone());
        let booked = raw.result(60).unwrap();
        raw.send(&kept);
        let kept = raw.result(61).unwrap();
        raw.send(&said);
        vec![booked, kept, raw.result(62).unwrap()]
    };
    let first = asks(&mut anna);
    for cut in 1..=5 {
        anna = Raw::resume(server.address(), anna.token());
        // Nothing is asked on every other connection: what is known outlives that too.
        if cut % 2 == 1 {
            assert_eq!(asks(&mut anna), first, "cut {cut}");
        }
    }
    assert_eq!(count(&server, "anna"), 1);
    assert_eq!(inbox(&server, "bert"), ["kept"]);
    bert.send(&json!({"ping": {"id": 1}}));
    let mut heard = 0;
    loop {
        let frame = bert.read().unwrap();
        heard += usize::from(frame["event"]["data"]["body"] == "said");
        if frame.get("pong").is_some() {
            break;
        }
    }
    assert_eq!(heard, 1, "said once");
    let again = metric(server.http(), "motorpool_recent_repeated_total", &["again"]);
    assert_eq!(again, 9.0, "three connections, three changes each");
}

#[test]
fn who_counts_anew_on_each_connection_is_answered_anew() {
    let server = Server::start();
    let car = FakeCar::online(&server, "amber", Manner::Done);
    let start = json!({"car": "amber", "start": in_minutes(-1), "end": in_minutes(60)});
    let mut anna = server.as_user("anna");
    let booking = anna.call("s.book", start).unwrap()["booking"].clone();
    for _ in 0..2 {
        anna.call("s.unlock", json!({"booking": booking})).unwrap();
        anna.call("s.lock", json!({"booking": booking})).unwrap();
        anna = Raw::resume(server.address(), anna.token());
        // The first id stood for a booking, and stands for something else now: this client counts from 1 again.
        anna.call("s.bookings", json!({})).unwrap();
    }
    let told: Vec<Value> = car.told().iter().map(|call| call["command"].clone()).collect();
    assert_eq!(told, ["unlock", "lock", "unlock", "lock"]);
}

#[test]
fn a_text_without_an_id_is_new_whenever_it_comes() {
    let server = Server::start();
    let car = FakeCar::online(&server, "amber", Manner::Done);
    let start = json!({"car": "amber", "start": in_minutes(-1), "end": in_minutes(60)});
    let mut anna = server.as_user("anna");
    let booking = anna.call("s.book", start).unwrap()["booking"].clone();
    for times in 1..=3 {
        anna.send(&json!({"text": {"body": format!("s.unlock({booking})")}}));
        let said = anna.answer().unwrap()["text"]["body"].clone();
        assert!(said.as_str().unwrap().contains("done"), "{said}");
        assert_eq!(car.told().len(), times, "each is an unlock of its own");
        anna = Raw::resume(server.address(), anna.token());
    }
}

#[test]
fn ids_of_a_datasock_are_its_own() {
    let server = Server::start();
    let mut anna = server.as_user("anna");
    let mut sock = attach(&mut anna, "Maindata");
    let book = |from: i64| json!({"car": "amber", "start": hour(from), "end": hour(from + 1)});
    anna.ask_as(70, "s.book", book(0));
    let first = anna.result(70).unwrap();
    sock.ask_as(71, "s.book", book(2));
    let second = sock.result(71).unwrap();
    let mut anna = Raw::resume(server.address(), anna.token());
    let mut sock = attach(&mut anna, "Maindata");
    // The ids the other way round: nobody has asked for this there, so it is tried, and in its own way.
    sock.ask_as(70, "s.book", book(0));
    assert_eq!(sock.result(70).unwrap_err().code, "conflict");
    sock.ask_as(71, "s.book", book(2));
    assert_eq!(sock.result(71).unwrap(), second);
    anna.ask_as(70, "s.book", book(0));
    assert_eq!(anna.result(70).unwrap(), first);
    assert_eq!(count(&server, "anna"), 2);
}
