//! Calls that take time run beside the socket, are listed, can be given up, and have a limit.

use serde_json::{Value, json};

use crate::harness::{Raw, Server, until};

/// A client that is asked and never answers.
fn silent(server: &Server) -> Raw {
    Raw::hello(server.address(), json!({"name": "silent", "requestables": ["SLOW"]})).unwrap()
}

fn jobs(raw: &mut Raw) -> Vec<Value> {
    raw.call("s.jobs", json!([])).unwrap().as_array().unwrap().clone()
}

#[test]
fn a_long_call_runs_beside_the_socket_until_somebody_gives_it_up() {
    let server = Server::start();
    let _silent = silent(&server);
    let (mut mona, mut ada, mut anna) = (server.as_user("mona"), server.as_user("ada"), server.as_user("anna"));
    let long = mona.ask(
        "s.request",
        json!({"client": "silent", "name": "SLOW", "deadline_ms": 60_000}),
    );
    assert!(mona.is_alive(), "the socket goes on");
    let job = until("the call to be listed", || jobs(&mut ada).first().cloned());
    assert_eq!(
        (&job["command"], &job["client"], &job["cancellable"]),
        (&json!("s.request"), &json!("mona.0"), &json!(true))
    );
    assert!(jobs(&mut anna).is_empty(), "somebody else's");
    assert_eq!(anna.code_of("s.canceljob", json!([job["job"]])), "not_found");
    assert_eq!(server.guest().code_of("s.canceljob", json!([])), "bad_arguments");
    let reply = ada.call("s.canceljob", json!([job["job"]])).unwrap();
    assert_eq!(reply, "Cancelled s.request of 'mona.0'");
    let ended = mona.result(long).unwrap_err();
    assert_eq!(
        (ended.code.as_str(), ended.message.as_str()),
        ("unavailable", "cancelled by 'ada.0'")
    );
    assert!(jobs(&mut mona).is_empty());
    assert_eq!(ada.code_of("s.canceljob", json!([job["job"]])), "not_found", "it ended");
}

#[test]
fn a_change_is_listed_and_runs_to_its_end() {
    let server = Server::start();
    let mut robby = Raw::hello(server.address(), json!({"name": "robot", "commands": ["move"]})).unwrap();
    let (mut mona, mut other) = (server.as_user("mona"), server.as_user("mona"));
    let long = mona.ask("s.callclient", json!({"client": "robot", "command": "move"}));
    let call = robby.answer().unwrap()["call"].clone();
    let job = until("the call to be listed", || jobs(&mut other).first().cloned());
    assert_eq!(job["cancellable"], json!(false));
    let refused = other.call("s.canceljob", json!([job["job"]])).unwrap_err();
    assert_eq!(refused.code, "not_now");
    assert!(refused.message.contains("runs to its end"), "{}", refused.message);
    robby.send(&json!({"result": {"id": call["id"], "ok": 7}}));
    assert_eq!(mona.result(long).unwrap(), json!(7));
}

#[test]
fn a_call_that_takes_longer_than_it_may_is_told_so() {
    let server = Server::start();
    let _silent = silent(&server);
    let mut mona = server.as_user("mona");
    let args = json!({"client": "silent", "name": "SLOW", "deadline_ms": 50});
    assert_eq!(mona.code_of("s.request", args), "timeout");
    assert!(jobs(&mut mona).is_empty());
}
