//! Messages between people: who may say what to whom, who hears it, and what is refused.

use serde_json::{Value, json};

use crate::harness::{Raw, Refused, Server, metric, until};

/// Sends and waits for the result.
fn send(raw: &mut Raw, id: u64, to: &Value, body: &str) -> Result<Value, Refused> {
    raw.send(&json!({"send": {"id": id, "to": to, "body": body}}));
    raw.result(id)
}

/// The data of the next message.
fn message(raw: &mut Raw) -> Value {
    loop {
        let frame = raw.read().expect("a message before the end");
        let event = &frame["event"];
        if event["name"] == "message" {
            assert_eq!(event["seq"], 0);
            assert!(event["epoch"].is_string());
            return event["data"].clone();
        }
    }
}

#[test]
fn a_manager_speaks_to_everybody_and_everybody_hears_it_once_and_in_order() {
    let server = Server::start();
    let mut mona = server.as_user("mona");
    let mut others: Vec<Raw> = (0..5).map(|_| server.guest()).collect();
    others.push(server.as_user("anna"));
    for number in 0..50_u64 {
        let to = json!({"all": true});
        mona.send(&json!({"send": {"id": number, "to": to, "body": format!("message {number}")}}));
    }
    for raw in &mut others {
        let mut last = 0;
        for number in 0..50 {
            let heard = message(raw);
            assert_eq!(heard["body"], format!("message {number}"));
            assert_eq!(
                (&heard["from"], &heard["from_id"]),
                (&json!("mona.0"), &json!(mona.client_id()))
            );
            assert!(heard["at"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
            let id = heard["id"].as_u64().unwrap();
            assert!(id > last, "numbers grow");
            last = id;
        }
        assert!(raw.is_alive(), "and nothing else came");
    }
    let mut results = std::collections::BTreeMap::new();
    let mut own = 0;
    while results.len() < 50 || own < 50 {
        let frame = mona.read().unwrap();
        if let Some(result) = frame.get("result") {
            results.insert(result["id"].as_u64().unwrap(), result["ok"].clone());
        } else if frame["event"]["name"] == "message" {
            own += 1;
        }
    }
    for answer in results.values() {
        assert_eq!(answer["pushed"], 7, "everybody, the sender too: {answer}");
        assert!(answer["message"].is_u64());
    }
}

#[test]
fn a_message_to_one_is_heard_by_that_one_only() {
    let server = Server::start();
    let (mut anna, mut bert, mut guest) = (server.as_user("anna"), server.as_user("bert"), server.guest());
    let by_name = send(&mut anna, 1, &json!({"client": bert.name()}), "hello").unwrap();
    assert_eq!(by_name["pushed"], 1);
    send(&mut anna, 2, &json!({"client": bert.client_id()}), "again").unwrap();
    assert_eq!(message(&mut bert)["body"], "hello");
    assert_eq!(message(&mut bert)["body"], "again");
    guest.send(&json!({"ping": {"id": 1}}));
    assert!(
        guest.read().unwrap().get("pong").is_some(),
        "nothing came before the pong"
    );
    let refused = send(&mut anna, 3, &json!({"client": "nobody\u{7}"}), "hello").unwrap_err();
    assert_eq!(refused.code, "not_found");
    assert!(refused.message.contains("nobody\\u{7}"), "{}", refused.message);
}

#[test]
fn who_may_not_speak_is_refused_by_name() {
    let server = Server::start();
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    let refused = send(&mut anna, 1, &json!({"all": true}), "hello").unwrap_err();
    assert_eq!(refused.code, "forbidden");
    assert!(refused.message.contains("manager"), "{}", refused.message);
    assert_eq!(anna.code_of("s.announce", json!(["hello"])), "forbidden");
    let to = json!({"client": anna.name()});
    send(&mut bert, 1, &to, "hello").unwrap();
    let rights = json!([bert.name(), "user"]);
    server.as_user("ada").call("s.removerights", rights).unwrap();
    let refused = send(&mut bert, 2, &to, "hello").unwrap_err();
    assert_eq!(refused.code, "forbidden");
    assert!(refused.message.contains("`user`"), "{}", refused.message);
    let mut mona = server.as_user("mona");
    mona.call("s.mute", json!([anna.name()])).unwrap();
    let to = json!({"client": mona.name()});
    assert_eq!(send(&mut anna, 2, &to, "hello").unwrap_err().code, "muted");
    assert_eq!(anna.code_of("s.tell", json!([mona.name(), "hello"])), "muted");
}

#[test]
fn a_body_has_a_byte_to_8192_and_says_something() {
    let server = Server::start();
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    let to = json!({"client": bert.name()});
    send(&mut anna, 1, &to, &"x".repeat(8_192)).unwrap();
    assert_eq!(message(&mut bert)["body"].as_str().unwrap().len(), 8_192);
    let refused = send(&mut anna, 2, &to, &"x".repeat(8_193)).unwrap_err();
    assert_eq!(refused.code, "too_large");
    assert!(refused.message.contains("8193") && refused.message.contains("8192"));
    assert_eq!(send(&mut anna, 3, &to, " \n").unwrap_err().code, "bad_arguments");
}

#[test]
fn people_speak_by_command() {
    let server = Server::start();
    let (mut mona, mut anna) = (server.as_user("mona"), server.as_user("anna"));
    mona.call("s.announce", json!(["the yard closes, at six"])).unwrap();
    assert_eq!(message(&mut anna)["body"], "the yard closes, at six");
    anna.call("s.tell", json!({"client": mona.name(), "text": "thanks"}))
        .unwrap();
    // Its own announcement came before its answer.
    assert_eq!(message(&mut mona)["body"], "thanks");
    let sent = metric(server.http(), "motorpool_messages_total", &["all", "ok"]);
    assert_eq!(sent, 1.0);
}

#[test]
fn who_does_not_read_is_cut_off_and_the_others_hear_everything() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__FLUSH_MS", "100")]);
    let (mut mona, mut anna) = (server.as_user("mona"), server.as_user("anna"));
    let deaf = server.guest();
    let body = "x".repeat(8_000);
    let mut number = 0;
    let cut_off = || metric(server.http(), "motorpool_connections_closed_total", &["lagged"]);
    // Until the socket's buffers are full and the outbox after them.
    while cut_off() == 0.0 {
        for _ in 0..50 {
            send(&mut mona, number, &json!({"all": true}), &body).unwrap();
            assert_eq!(message(&mut anna)["body"].as_str().unwrap().len(), 8_000);
            number += 1;
        }
        assert!(number < 20_000, "somebody who never reads is sent to for ever");
    }
    assert!(anna.is_alive() && mona.is_alive());
    until("the deaf one to be gone", || {
        let clients = mona.call("s.clients", json!([])).unwrap();
        (clients.as_array().unwrap().len() == 2).then_some(())
    });
    drop(deaf);
}
