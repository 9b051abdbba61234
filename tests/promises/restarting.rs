//! `s.restart()`: everybody is told, and the same process serves again on the same addresses with what was defined.

use serde_json::{Value, json};

use crate::datasocks::figures;
use crate::harness::{Raw, Server, until};

/// Says it twice; gives the good-bye that follows.
fn restart(admin: &mut Raw) -> Value {
    let said = admin.call("s.restart", json!([])).unwrap();
    assert!(said.as_str().unwrap().starts_with("Repeat s.restart()"), "{said}");
    admin.ask("s.restart", json!([]));
    loop {
        let frame = admin.answer().expect("a good-bye");
        if frame.get("bye").is_some() {
            return frame["bye"].clone();
        }
    }
}

/// Comes again as soon as somebody listens.
fn again(server: &Server, token: &str) -> Raw {
    until("the server to listen again", || {
        std::net::TcpStream::connect(server.address()).ok()?;
        Raw::hello(server.address(), json!({"login": {"resume": token}})).ok()
    })
}

#[test]
fn a_restart_said_twice_serves_again_in_the_same_process_with_what_was_defined() {
    let mut server = Server::start();
    let mut ada = server.as_user("ada");
    let wish = json!({"name": "Kept", "receiver": "bytes", "port": 0});
    ada.call("s.newdatasock", wish).unwrap();
    let ready = server.folder().join("ready.json");
    std::fs::remove_file(&ready).unwrap();
    for _life in 0..2 {
        let bye = restart(&mut ada);
        assert_eq!(bye["reason"], "restarting", "{bye}");
        assert!(bye["reconnect_after_ms"].as_u64().unwrap() > 0, "{bye}");
        assert_eq!(ada.answer(), None);
        let came = again(&server, ada.token());
        assert_eq!(came.client_id(), ada.client_id());
        assert_ne!(
            came.welcome["server"]["started_at"],
            ada.welcome["server"]["started_at"]
        );
        ada = came;
        assert_eq!(figures(&mut ada, "Kept")["name"], "Kept");
    }
    let written: Value = until("the ready file", || {
        serde_json::from_slice(&std::fs::read(&ready).ok()?).ok()
    });
    assert_eq!(written["pid"], server.ready["pid"]);
    assert_eq!(written["serversock"], server.ready["serversock"]);
    assert_eq!(written["http"], server.ready["http"]);
    server.terminate();
    assert_eq!(server.ended().code(), Some(0), "a later life hears signals, too");
}

#[test]
fn only_an_admin_restarts_and_asking_for_something_else_confirms_nothing() {
    let server = Server::start();
    assert_eq!(server.as_user("mona").code_of("s.restart", json!([])), "forbidden");
    let mut ada = server.as_user("ada");
    ada.call("s.shutdown", json!([])).unwrap();
    let said = ada.call("s.restart", json!([])).unwrap();
    assert!(said.as_str().unwrap().starts_with("Repeat s.restart()"), "{said}");
    assert!(ada.is_alive());
}
