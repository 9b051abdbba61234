//! Networks of servers: a child finds its parent, and finds it again; the tree, the orders and the moves.

use serde_json::{Value, json};

use crate::harness::{Raw, Refused, Server, metric, until};

/// Gives a server that parent; the second time where there is one already.
fn set_parent(child: &Server, admin: &mut Raw, parent: &Server) -> Value {
    let address = parent.address();
    let args = json!({"address": address.ip(), "port": address.port(), "key": child.key("server")});
    admin.call("s.setparent", args).unwrap()
}

fn info(raw: &mut Raw) -> Value {
    raw.call("s.info", json!([])).unwrap()
}

fn until_state(raw: &mut Raw, state: &str, layer: u32) {
    until(&format!("the parent to be {state}"), || {
        let info = info(raw);
        (info["parent"]["state"] == state && info["layer"] == layer).then_some(())
    });
}

fn until_servers(raw: &mut Raw, count: usize) -> Value {
    until("servers to be listed", || {
        let tree = raw.call("s.listnetwork", json!([])).unwrap();
        (tree["servers"].as_array()?.len() == count).then_some(tree)
    })
}

/// A client of kind `server` that offers these.
fn fake(parent: &Server, commands: Value, requestables: Value) -> Raw {
    let login = json!({"key": parent.key("server")});
    let hello = json!({"kind": "server", "login": login, "commands": commands, "requestables": requestables});
    Raw::hello(parent.address(), hello).unwrap()
}

/// Answers what the server asks until it is asked for that, which gives its id.
fn asked(raw: &mut Raw, kind: &str, name: &str) -> Value {
    loop {
        let frame = raw.answer().unwrap();
        if let Some(asked) = frame.get(kind) {
            if asked["name"] == name || asked["command"] == name {
                return asked["id"].clone();
            }
            let error = json!({"code": "unavailable", "message": "not now"});
            raw.send(&json!({"result": {"id": asked["id"], "error": error}}));
        }
    }
}

#[test]
fn three_servers_make_three_layers_and_one_tree_and_a_circle_is_refused() {
    let (top, middle, low) = (Server::start(), Server::start(), Server::start());
    let [mut top_ada, mut middle_ada, mut low_ada] = [&top, &middle, &low].map(|server| server.as_user("ada"));
    let said = set_parent(&low, &mut low_ada, &middle);
    assert_eq!(said, "Connect result: up");
    until_state(&mut low_ada, "up", 1);
    assert_eq!(set_parent(&middle, &mut middle_ada, &top), "Connect result: up");
    until_state(&mut middle_ada, "up", 1);
    until_state(&mut low_ada, "up", 2);
    assert_eq!(low.guest().welcome["server"]["layer"], 2);
    assert_eq!(metric(low.http(), "motorpool_parent_up", &[]), 1.0);

    let tree = until("the whole tree", || {
        let tree = top_ada.call("s.listnetwork", json!([])).unwrap();
        tree["servers"][0]["servers"][0].is_object().then_some(tree)
    });
    let lowest = &tree["servers"][0]["servers"][0];
    assert_eq!(
        (&tree["layer"], &lowest["layer"], &lowest["state"]),
        (&json!(0), &json!(2), &json!("up"))
    );
    assert!(lowest["clients"].to_string().contains("address"), "{tree}");
    let told = top.as_user("anna").call("s.listnetwork", json!([])).unwrap();
    assert!(!told.to_string().contains("address"), "{told}");

    let said = set_parent(&top, &mut top_ada, &low);
    assert!(said.as_str().unwrap().contains("circle"), "{said}");
    assert_eq!(info(&mut top_ada)["layer"], 0);
}

#[test]
fn a_lost_parent_is_found_again_and_the_key_is_told_nobody() {
    let (parent, mut child) = (Server::start(), Server::start());
    let mut ada = child.as_user("ada");
    assert_eq!(
        child
            .as_user("mona")
            .code_of("s.setparent", json!(["127.0.0.1", 1, "k"])),
        "forbidden"
    );
    set_parent(&child, &mut ada, &parent);
    until_state(&mut ada, "up", 1);
    let mut above = parent.as_user("ada");
    above.call("s.restart", json!([])).unwrap();
    above.ask("s.restart", json!([]));
    until("the parent to be found again", || {
        (metric(child.http(), "motorpool_parent_reconnects_total", &[]) >= 1.0).then_some(())
    });
    until_state(&mut ada, "up", 1);
    let mut above = parent.as_user("ada");
    until_servers(&mut above, 1);
    // It is kept over a start, and where its owner alone reads it.
    child.restart();
    let mut ada = child.as_user("ada");
    until_state(&mut ada, "up", 1);
    let key = child.key("server");
    let audit = ada.call("s.audit", json!([])).unwrap().to_string();
    let log = ada.call("s.log", json!([])).unwrap().to_string();
    assert!(audit.contains("s.setparent"), "{audit}");
    assert!(!audit.contains(key) && !log.contains(key));
    let database = std::fs::read(child.folder().join("motorpool.db")).unwrap();
    assert!(!database.windows(key.len()).any(|bytes| bytes == key.as_bytes()));

    ada.call("s.removeparent", json!([])).unwrap();
    assert_eq!(info(&mut ada)["parent"], Value::Null);
    assert_eq!(info(&mut ada)["layer"], 0);
    assert_eq!(ada.code_of("s.removeparent", json!([])), "not_now");
}

#[test]
fn a_parent_that_is_away_comes_later_and_a_wrong_key_is_refused_until_another_is_said_twice() {
    let parent = Server::start();
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let child = Server::configured(&format!(
        "[parent]\naddress = \"{free}\"\nkey = \"{}\"\n",
        parent.key("server")
    ));
    let mut ada = child.as_user("ada");
    until_state(&mut ada, "down", 0);
    let address = parent.address();
    let wrong = json!({"address": address.to_string(), "key": "mp-server-wrong"});
    let said = ada.call("s.setparent", wrong.clone()).unwrap();
    assert!(said.as_str().unwrap().starts_with("Repeat s.setparent("), "{said}");
    assert!(!said.as_str().unwrap().contains("wrong"), "{said}");
    let said = ada.call("s.setparent", wrong).unwrap();
    assert!(said.as_str().unwrap().starts_with("Connect result: refused"), "{said}");
    ada.call(
        "s.setparent",
        json!({"address": address.to_string(), "key": child.key("server")}),
    )
    .unwrap();
    assert_eq!(set_parent(&child, &mut ada, &parent), "Connect result: up");
    let own = child.address();
    assert_eq!(
        ada.code_of("s.setparent", json!({"address": own.to_string(), "key": "k"})),
        "conflict"
    );
    assert_eq!(
        ada.code_of("s.setparent", json!({"address": "hub", "key": "k"})),
        "bad_arguments"
    );
    assert_eq!(ada.code_of("s.setparent", json!({"address": "hub:1"})), "bad_arguments");
}

#[test]
fn a_child_speaks_tls_to_the_certificate_it_was_told_and_to_no_other() {
    let parent = Server::with(&[("MOTORPOOL_TLS__MODE", "everywhere")]);
    let child = Server::start();
    let mut ada = child.as_user("ada");
    let pem = std::fs::read(parent.folder().join("tls.pem")).unwrap();
    let certificate = {
        use tokio_rustls::rustls::pki_types::pem::PemObject;
        tokio_rustls::rustls::pki_types::CertificateDer::from_pem_slice(&pem).unwrap()
    };
    let right = motorpool::tls::Fingerprint::of(&certificate).to_string();
    let args = |fingerprint: &str| json!({"address": parent.address().to_string(), "key": child.key("server"), "fingerprint": fingerprint});
    let said = ada.call("s.setparent", args(&"0".repeat(64))).unwrap();
    assert!(said.as_str().unwrap().starts_with("Connect result: down"), "{said}");
    ada.call("s.setparent", args(&right)).unwrap();
    assert_eq!(ada.call("s.setparent", args(&right)).unwrap(), "Connect result: up");
}

#[test]
fn servers_below_are_restarted_and_shut_down_by_name_and_all_together_and_write_it_down() {
    let (mut parent, mut child) = (Server::start(), Server::start());
    let mut below = child.as_user("ada");
    set_parent(&child, &mut below, &parent);
    let mut ada = parent.as_user("ada");
    let name = until_servers(&mut ada, 1)["servers"][0]["name"].clone();
    for command in ["s.restartserver", "s.shutdownserver", "s.shutdownnetwork"] {
        let args = if command == "s.shutdownnetwork" {
            json!([])
        } else {
            json!([name])
        };
        assert_eq!(parent.as_user("mona").code_of(command, args), "forbidden");
    }
    assert_eq!(ada.code_of("s.restartserver", json!(["nobody"])), "not_found");
    assert_eq!(ada.code_of("s.restartserver", json!([ada.name()])), "not_found");
    let said = ada.call("s.restartserver", json!([name])).unwrap();
    assert!(said.as_str().unwrap().starts_with("Repeat s.restartserver("), "{said}");
    ada.call("s.restartserver", json!([name])).unwrap();
    while let Some(frame) = below.answer() {
        if frame.get("bye").is_some() {
            assert_eq!(frame["bye"]["reason"], "restarting");
        }
    }
    let mut below = until("the child to serve again", || {
        std::net::TcpStream::connect(child.address()).ok()?;
        Raw::hello(child.address(), json!({"login": {"resume": below.token()}})).ok()
    });
    let audit = below.call("s.audit", json!([])).unwrap().to_string();
    assert!(audit.contains("\"who\":\"parent\""), "{audit}");
    until_servers(&mut ada, 1);
    ada.call("s.shutdownnetwork", json!([])).unwrap();
    ada.ask("s.shutdownnetwork", json!([]));
    assert_eq!(child.ended().code(), Some(0));
    assert_eq!(parent.ended().code(), Some(0));
}

#[test]
fn a_server_below_that_is_silent_talks_nonsense_or_tells_nothing_is_shown_as_such() {
    let parent = Server::start();
    let mut ada = parent.as_user("ada");
    let _silent = fake(&parent, json!([]), json!(["LISTNETWORK"]));
    let mut nonsense = fake(&parent, json!([]), json!(["LISTNETWORK"]));
    let _mute = fake(&parent, json!([]), json!([]));
    let id = ada.ask("s.listnetwork", json!([]));
    let asked = asked(&mut nonsense, "request", "LISTNETWORK");
    nonsense.send(&json!({"result": {"id": asked, "ok": {"name": 5, "servers": "x".repeat(20_000)}}}));
    let tree = ada.result(id).unwrap();
    let mut states: Vec<&str> = tree["servers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["state"].as_str().unwrap())
        .collect();
    states.sort_unstable();
    assert_eq!(states, ["nonsense", "silent", "tells_nothing"], "{tree}");
    assert_eq!(parent.guest().code_of("s.shutdownnetwork", json!([])), "forbidden");
}

#[test]
fn a_client_that_offers_connect_is_moved_and_its_connection_ends() {
    let (parent, child) = (Server::start(), Server::start());
    let mut ada = child.as_user("ada");
    let login = json!({"resume": child.token_of("anna")});
    let mut anna = Raw::hello(child.address(), json!({"commands": ["connect"], "login": login})).unwrap();
    let refused: Refused = anna.call("s.cth", json!([])).unwrap_err();
    assert_eq!(refused.code, "not_now");
    assert_eq!(refused.message, "Subserver has no connected higher server");
    set_parent(&child, &mut ada, &parent);
    let refused = ada.call("s.connecttoparent", json!([])).unwrap_err();
    assert!(
        refused.code == "not_now" && refused.message.contains("connect"),
        "{refused:?}"
    );
    anna.ask("s.cth", json!([]));
    let call = loop {
        let frame = anna.answer().unwrap();
        if let Some(call) = frame.get("call").filter(|call| call["command"] == "connect") {
            break call.clone();
        }
    };
    assert_eq!(call["args"]["port"], parent.address().port());
    anna.send(&json!({"result": {"id": call["id"], "ok": null}}));
    let mut last = Value::Null;
    while let Some(frame) = anna.answer() {
        last = frame;
    }
    assert_eq!(last["bye"]["reason"], "moved");

    // From the parent to the server below, by the name it has there.
    let mut above = parent.as_user("ada");
    let name = until_servers(&mut above, 1)["servers"][0]["name"].clone();
    let login = json!({"resume": parent.token_of("anna")});
    let mut anna = Raw::hello(parent.address(), json!({"commands": ["connect"], "login": login})).unwrap();
    anna.ask("s.connectto", json!([name]));
    let call = loop {
        let frame = anna.answer().unwrap();
        if let Some(call) = frame.get("call").filter(|call| call["command"] == "connect") {
            break call.clone();
        }
    };
    assert_eq!(call["args"]["port"], child.address().port());
}
