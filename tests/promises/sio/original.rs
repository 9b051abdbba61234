//! What clients of the first system say and hear, and what they could do there that nobody can here.

use serde_json::{Value, json};

use super::on_socket;
use crate::harness::{Packet, Server, Sio};

/// A socket on which somebody comes in as the first system's page did.
pub(super) fn page(server: &Server, event: &str, fields: Value) -> (Sio, Result<Value, String>) {
    let mut sio = Sio::join(server.http(), "", None).unwrap();
    sio.event("welcome");
    let said = sio.ask(event, json!([fields])).map_err(|err| err.code);
    (sio, said)
}

#[test]
fn new_client_is_who_the_token_says_and_nobody_else() {
    let server = Server::start();
    for fields in [
        json!({"id": "anna", "token": server.token_of("anna")}),
        json!({"ID": "anna", "token": server.token_of("anna")}),
    ] {
        let (mut anna, said) = page(&server, "new_client", fields);
        assert_eq!(said, Ok(Value::Null));
        assert_eq!(anna.call("s.whoami", json!([])).unwrap()["user"], "anna");
    }
    for (fields, code) in [
        (json!({"id": "bert", "token": server.token_of("anna")}), "bad_login"),
        (json!({"id": "Anna", "token": server.token_of("anna")}), "bad_login"),
        (json!({"id": "anna", "token": "anything"}), "bad_login"),
        (json!({"id": "anna", "token": ""}), "bad_login"),
        (json!({"id": "robby", "token": server.key("bot")}), "ok"),
        (json!({"id": "anna"}), "bad_arguments"),
        (json!({"id": 7, "token": "x"}), "bad_arguments"),
        (json!({"id": "an'na", "token": "'; DROP TABLE user; --"}), "bad_login"),
    ] {
        let (mut sio, said) = page(&server, "new_client", fields.clone());
        assert_eq!(said.map_or_else(|code| code, |_| "ok".to_owned()), code, "{fields}");
        if code == "bad_login" {
            assert_eq!(sio.rest().last(), None, "{fields}");
        }
    }
}

#[test]
fn new_bot_wants_the_key_and_the_name_of_that_bot() {
    let server = Server::start();
    let key = server.key("bot");
    let (mut bot, said) = page(&server, "new_bot", json!({"id": "robby", "key": key}));
    assert_eq!(said, Ok(Value::Null));
    let permissions = bot.call("s.whoami", json!([])).unwrap()["permissions"].clone();
    assert!(permissions.as_array().unwrap().contains(&json!("bot")), "{permissions}");
    for (fields, code) in [
        (json!({"id": "robby"}), "bad_arguments"),
        (json!({"id": "other", "key": key}), "bad_login"),
        (json!({"id": "revoked", "key": server.key("revoked")}), "bad_login"),
        (json!({"id": "server", "key": server.key("server")}), "bad_login"),
        (json!({"id": "robby", "key": "abcdef"}), "bad_login"),
    ] {
        assert_eq!(
            page(&server, "new_bot", fields.clone()).1,
            Err(code.to_owned()),
            "{fields}"
        );
    }
}

#[test]
fn a_message_is_told_to_those_whom_it_concerns_and_names_nobody_else() {
    let server = Server::start();
    let token = |person: &str| json!({"id": person, "token": server.token_of(person)});
    let (mut anna, said) = page(&server, "new_client", token("anna"));
    assert!(said.is_ok());
    let (mut bert, said) = page(&server, "new_client", token("bert"));
    assert!(said.is_ok());
    let name = anna.event("welcome").0["name"].clone();
    let mut ada = on_socket(&server, "ada");
    ada.call("s.tell", json!([name, "hello"])).unwrap();
    assert_eq!(anna.event("new_message").0, json!(["anna"]));
    assert_eq!(anna.events_so_far("event"), 0, "it hears what it knows");
    assert_eq!(bert.events_so_far("new_message"), 0);
    assert_eq!(ada.events_so_far("new_message"), 0);
}

#[test]
fn whoever_is_somebody_stays_so_and_a_guest_may_say_who_they_are() {
    let server = Server::start();
    let (mut anna, said) = page(
        &server,
        "new_client",
        json!({"id": "anna", "token": server.token_of("anna")}),
    );
    assert!(said.is_ok());
    let again = json!([{"id": "bert", "token": server.token_of("bert")}]);
    assert_eq!(anna.ask("new_client", again).unwrap_err().code, "not_now");
    let mut guest = Sio::join(server.http(), "", None).unwrap();
    let as_guest = guest.event("welcome").0["client_id"].clone();
    assert_eq!(guest.call("s.whoami", json!([])).unwrap()["client_id"], as_guest);
    guest
        .ask("hello", json!([{"token": server.token_of("bert"), "name": "berts"}]))
        .unwrap();
    let welcome = guest.event("welcome").0;
    assert_eq!(welcome["name"], "berts");
    assert_ne!(welcome["client_id"], as_guest);
    assert_eq!(guest.call("s.whoami", json!([])).unwrap()["user"], "bert");
    let listed = super::listed(&server);
    assert!(!listed.iter().any(|client| client["client_id"] == as_guest));
}

#[test]
fn where_no_guest_is_let_in_somebody_says_who_they_are_in_time_or_is_sent_away() {
    let server = Server::with(&[
        ("MOTORPOOL_SERVER__GUESTS", "nobody"),
        ("MOTORPOOL_LIMITS__HANDSHAKE_MS", "2000"),
    ]);
    let mut page = Sio::join(server.http(), "", None).unwrap();
    assert_eq!(page.ask("call", json!(["s.info"])).unwrap_err().code, "unauthenticated");
    page.ask("new_client", json!([{"id": "anna", "token": server.token_of("anna")}]))
        .unwrap();
    assert_eq!(page.call("s.whoami", json!([])).unwrap()["user"], "anna");
    let refused = Sio::join(server.http(), "", Some(json!({"name": "desk"})))
        .err()
        .unwrap();
    assert!(refused.starts_with("unauthenticated: "), "{refused}");
    let rest = Sio::join(server.http(), "", None).unwrap().rest();
    assert!(
        matches!(&rest[..], [Packet::Event(name, args, _)] if name == "error" && args[0]["code"] == "timeout"),
        "{rest:?}"
    );
    assert!(page.call("s.whoami", json!([])).is_ok());
}
