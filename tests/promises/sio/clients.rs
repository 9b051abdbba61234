//! Who comes in, what they may, and how they are sent away.

use serde_json::json;

use super::{listed, on_socket};
use crate::harness::{PASSWORD, Packet, Server, Sio, hour, until};

#[test]
fn a_socket_signs_in_by_each_way_and_is_listed_beside_the_others() {
    let server = Server::start();
    let http = server.http();
    let password = json!({"username": "anna", "password": PASSWORD, "name": "desk", "software": "page 1"});
    let mut desk = Sio::hello(http, password);
    assert_eq!(desk.name(), "desk");
    assert_eq!(desk.call("s.whoami", json!([])).unwrap()["user"], "anna");
    let token = server.token_of("anna");
    let (one, other) = (
        Sio::hello(http, json!({"token": token})),
        Sio::hello(http, json!({"token": token})),
    );
    assert_ne!(one.client_id(), other.client_id(), "two tabs of one session");
    let bearer = format!("Authorization: Bearer {}\r\n", server.token_of("bert"));
    let mut bert = Sio::join(http, &bearer, None).unwrap();
    assert_eq!(bert.event("welcome").0["name"], "bert");
    let bot = Sio::hello(http, json!({"key": server.key("bot")}));
    let listed = listed(&server);
    for id in [desk.client_id(), one.client_id(), other.client_id(), bot.client_id()] {
        assert_eq!(listed.iter().filter(|client| client["client_id"] == id).count(), 1);
    }
    let desk_listed = listed.iter().find(|client| client["name"] == "desk").unwrap();
    assert_eq!(
        (&desk_listed["software"], &desk_listed["kind"]),
        (&json!("page 1"), &json!("client"))
    );
    let mut guest = Sio::join(http, "", None).unwrap();
    assert_eq!(guest.event("welcome").0["permissions"], json!(["user"]));
}

#[test]
fn a_resumed_socket_is_the_same_client_and_the_earlier_one_is_replaced() {
    let server = Server::start();
    let mut first = on_socket(&server, "anna");
    let resume = first.welcome["resume"].clone();
    let again = Sio::hello(server.http(), json!({"resume": resume}));
    assert_eq!(again.client_id(), first.client_id());
    let rest = first.rest();
    assert!(rest.contains(&Packet::Disconnected), "stays away: {rest:?}");
    assert!(matches!(&rest[0], Packet::Event(name, args, _) if name == "bye" && args[0]["reason"] == "replaced"));
    // The same client over TCP.
    let tcp = crate::harness::Raw::resume(server.address(), resume.as_str().unwrap());
    assert_eq!(tcp.client_id(), again.client_id());
}

#[test]
fn a_wrong_login_is_refused_by_code_and_tells_nothing() {
    let server = Server::start();
    let refused = |auth| Sio::join(server.http(), "", Some(auth)).err().unwrap();
    for auth in [
        json!({"token": "mp_resume_nobodys"}),
        json!({"key": server.key("revoked")}),
        json!({"username": "anna", "password": "wrong"}),
        json!({"username": "nobody", "password": "wrong"}),
    ] {
        assert!(refused(auth.clone()).starts_with("bad_login: "), "{auth}");
    }
    for auth in [
        json!({"tokens": 1}),
        json!({"key": "a", "token": "b"}),
        json!({"name": 7}),
    ] {
        assert!(refused(auth.clone()).starts_with("bad_arguments: "), "{auth}");
    }
    assert!(refused(json!({"protocol": 9})).starts_with("unsupported_protocol: "));
}

#[test]
fn a_socket_calls_books_is_refused_and_retried_as_at_the_serversock() {
    let server = Server::start();
    let mut anna = on_socket(&server, "anna");
    let book = json!({"car": "amber", "start": hour(0), "end": hour(1), "request_id": "r-1"});
    let made = anna.call("s.book", book.clone()).unwrap();
    assert_eq!(made["state"], "reserved");
    assert_eq!(anna.call("s.book", book).unwrap(), made, "the first answer");
    assert_eq!(
        server.as_user("anna").call("s.bookings", json!({})).unwrap(),
        json!([made])
    );
    let taken = json!({"car": "amber", "start": hour(0), "end": hour(1)});
    assert_eq!(on_socket(&server, "bert").code_of("s.book", taken), "conflict");
    assert_eq!(anna.code_of("s.clients", json!([])), "forbidden");
    assert_eq!(anna.code_of("s.fly", json!([])), "unknown_command");
    assert_eq!(anna.code_of("s.book", json!([1, 2, 3, 4, 5, 6])), "bad_arguments");
    // By id instead of by acknowledgement, and as text.
    anna.emit("call", json!([{"id": 5, "command": "s.whoami"}]));
    let result = anna.event("result").0;
    assert_eq!((&result["id"], &result["ok"]["user"]), (&json!(5), &json!("anna")));
    assert_eq!(anna.ask("text", json!(["s.whoami()"])).unwrap()["user"], "anna");
    anna.emit("text", json!(["s.whoami()"]));
    assert!(anna.event("text").0["body"].as_str().unwrap().contains("anna"));
    assert!(anna.ask("request", json!(["PING"])).is_ok());
    assert_eq!(
        anna.ask("request", json!(["NOTHING"])).unwrap_err().code,
        "unknown_requestable"
    );
    anna.emit("ping", json!([{"id": 3}]));
    assert_eq!(anna.event("pong").0["id"], 3);
}

#[test]
fn what_means_nothing_is_refused_and_the_socket_goes_on() {
    let server = Server::start();
    let mut anna = on_socket(&server, "anna");
    for (event, args) in [
        ("fly", json!([])),
        ("call", json!([])),
        ("call", json!([{"command": "s.info", "colour": 1}])),
        ("call", json!(["s.info", 7])),
        ("send", json!([{"to": "everybody", "body": "x"}])),
    ] {
        assert_eq!(
            anna.ask(event, args.clone()).unwrap_err().code,
            "bad_frame",
            "{event} {args}"
        );
        anna.emit(event, args);
        assert_eq!(anna.event("error").0["code"], "bad_frame");
    }
    anna.emit("call", json!(["s.info"]));
    assert!(
        anna.event("error").0["message"]
            .as_str()
            .unwrap()
            .contains("wants an acknowledgement")
    );
    assert_eq!(anna.ask("hello", json!([{}])).unwrap_err().code, "not_now");
    assert!(anna.call("s.whoami", json!([])).is_ok());
}

#[test]
fn a_client_on_a_socket_is_called_and_asked_and_its_answer_reaches_the_asker() {
    let server = Server::start();
    let mut page = Sio::hello(
        server.http(),
        json!({"token": server.token_of("anna"), "name": "page", "commands": ["blink"], "requestables": ["HEAT"]}),
    );
    let mut ada = server.as_user("ada");
    let id = ada.ask("s.callclient", json!(["page", "blink", [3]]));
    let (call, ack) = page.event("call");
    assert_eq!((&call["command"], &call["args"]), (&json!("blink"), &json!([3])));
    page.answer(ack, &json!({"ok": "blinked"}));
    assert!(ada.result(id).unwrap().to_string().contains("blinked"));
    let id = ada.ask("s.request", json!(["page", "HEAT"]));
    let (request, ack) = page.event("request");
    assert_eq!(request["name"], "HEAT");
    page.answer(ack, &json!({"error": {"code": "not_now", "message": "cold"}}));
    assert_eq!(ada.result(id).unwrap_err().code, "not_now");
}

#[test]
fn who_is_kicked_or_loses_the_account_is_gone_at_once_and_rights_go_with_the_next_call() {
    let server = Server::start();
    let mut ada = server.as_user("ada");
    let mut anna = on_socket(&server, "anna");
    ada.call("s.kickuser", json!({"client": [anna.client_id()], "reason": "enough"}))
        .unwrap();
    let rest = anna.rest();
    assert!(rest.contains(&Packet::Disconnected), "{rest:?}");
    let kicked = |packet: &Packet| matches!(packet, Packet::Event(name, args, _) if name == "bye" && args[0]["reason"] == "kicked");
    assert!(rest.iter().any(kicked), "{rest:?}");
    let id = anna.client_id().to_owned();
    until("the end in the registry", || {
        (!listed(&server).iter().any(|client| client["client_id"] == *id)).then_some(())
    });
}
