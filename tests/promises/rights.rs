//! Rights for a session: given to others, given back, explained; and the admin key, which is shown once.
//!
//! Each command is tried by who may and by who may not, and leaves its audit event.

use serde_json::json;

use crate::harness::{Raw, Server};
use crate::users::{event, told};

#[test]
fn rights_are_given_to_others_for_the_session_and_taken_again() {
    let server = Server::start();
    let (mut ada, mut anna) = (server.as_user("ada"), server.as_user("anna"));
    assert_eq!(anna.code_of("s.getrights", json!(["ada.0", "user"])), "forbidden");
    let unknown = ada
        .call("s.getrights", json!(["anna.0", "manager,wizard"]))
        .unwrap_err();
    assert_eq!(unknown.code, "bad_arguments");
    assert!(unknown.message.contains("`wizard`"), "{}", unknown.message);
    assert_eq!(
        ada.code_of("s.getrights", json!(["ada.0", "user"])),
        "forbidden",
        "to others"
    );
    let lacking = ada.call("s.getrights", json!(["anna.0", "manager,car"])).unwrap_err();
    assert_eq!(lacking.code, "forbidden");
    assert!(lacking.message.ends_with("you lack: car"), "{}", lacking.message);
    assert_eq!(anna.code_of("s.clients", json!([])), "forbidden");
    let reply = ada.call("s.getrights", json!(["anna.0", "manager", "user"])).unwrap();
    assert_eq!(reply, "User 'anna.0' gained permission(s): manager");
    assert_eq!(told(&mut anna), "Gained permission(s): manager, by 'ada.0'");
    anna.call("s.clients", json!([])).unwrap();
    assert_eq!(event(&mut ada, "s.getrights")["detail"], "anna.0 gains manager");
    let none = ada.call("s.getrights", json!(["anna.0", "manager"])).unwrap();
    assert_eq!(none, "No new permissions added");
    ada.call("s.removerights", json!(["anna.0", "manager"])).unwrap();
    assert_eq!(told(&mut anna), "Removed permission(s): manager, by 'ada.0'");
    assert_eq!(anna.code_of("s.clients", json!([])), "forbidden");
    assert_eq!(event(&mut ada, "s.removerights")["detail"], "anna.0 loses manager");
    let none = ada.call("s.removerights", json!(["anna.0", "manager"])).unwrap();
    assert_eq!(none, "No permissions removed");
    assert_eq!(
        ada.code_of("s.removerights", json!(["anna.0", "wizard"])),
        "bad_arguments"
    );
    assert_eq!(ada.code_of("s.removerights", json!(["ada.0", "user"])), "forbidden");
    ada.call("s.getrights", json!(["anna.0", "manager"])).unwrap();
    anna.hang_up();
    let mut again = Raw::resume(server.address(), anna.token());
    assert_eq!(
        again.code_of("s.clients", json!([])),
        "forbidden",
        "for the session only"
    );
}

#[test]
fn admin_rights_of_a_session_are_given_back() {
    let server = Server::start();
    let (mut ada, mut anna, mut bert) = (server.as_user("ada"), server.as_user("anna"), server.as_user("bert"));
    let key = ada.call("s.setadminkey", json!([])).unwrap()["key"].clone();
    assert_eq!(anna.code_of("s.removeadmin", json!([])), "forbidden");
    anna.call("s.getadmin", json!([key])).unwrap();
    assert_eq!(
        anna.call("s.removeadmin", json!([])).unwrap(),
        "You no longer have admin permissions"
    );
    let left = anna.call("s.whoami", json!([])).unwrap()["permissions"].clone();
    assert_eq!(left, json!(["user", "customer"]), "as before");
    bert.call("s.getadmin", json!([key])).unwrap();
    let reply = ada.call("s.removeadmin", json!(["bert.0"])).unwrap();
    assert_eq!(reply, "User 'bert.0' no longer has admin permissions");
    assert_eq!(told(&mut bert), "Your admin permissions were removed by 'ada.0'");
    assert_eq!(bert.code_of("s.removeadmin", json!([])), "forbidden");
    assert_eq!(ada.code_of("s.removeadmin", json!(["bert.0"])), "not_now", "has none");
    assert_eq!(ada.code_of("s.removeadmin", json!(["nobody"])), "not_found");
    assert_eq!(
        ada.code_of("s.removeadmin", json!([])),
        "not_now",
        "the role of an account"
    );
    assert_eq!(event(&mut ada, "s.removeadmin")["result"], "ok");
}

#[test]
fn why_says_what_is_missing() {
    let server = Server::start();
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    let wanted = json!({"command": "s.clients", "allowed": false, "needs": "manager",
        "you_have": ["user", "customer"], "missing": "manager"});
    assert_eq!(anna.call("s.why", json!(["clients"])).unwrap(), wanted);
    let may = mona.call("s.why", json!(["s.clients"])).unwrap();
    assert_eq!((&may["allowed"], may.get("missing")), (&json!(true), None));
    let refused = anna.call("s.why", json!(["s.client"])).unwrap_err();
    assert_eq!(refused.code, "not_found");
    assert!(
        refused.message.contains("did you mean s.clients?"),
        "{}",
        refused.message
    );
}

#[test]
fn managers_ask_why_for_others_and_nobody_else_does() {
    let server = Server::start();
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    let wanted = json!({"command": "s.clients", "allowed": false, "needs": "manager", "client": "anna.0",
        "client_has": ["user", "customer"], "missing": "manager"});
    let why = json!({"command": "clients", "client": "anna.0"});
    assert_eq!(mona.call("s.why", why.clone()).unwrap(), wanted);
    assert_eq!(anna.code_of("s.why", why), "forbidden");
    assert_eq!(mona.code_of("s.why", json!(["clients", "nobody"])), "not_found");
}

#[test]
fn a_dry_run_says_what_the_call_would_be_refused_for_and_does_nothing() {
    let server = Server::start();
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    let tried = |raw: &mut Raw, command: &str, args: serde_json::Value| {
        let tried = raw.call("s.try", json!({"command": command, "args": args})).unwrap();
        (
            tried["would_run"].clone(),
            tried["code"].clone(),
            tried["message"].to_string(),
        )
    };
    let (would, code, message) = tried(&mut anna, "s.kickuser", json!(["mona.0"]));
    assert_eq!((would, code), (json!(false), json!("forbidden")));
    assert!(
        message.contains("`manager`") && message.contains("s.kickuser"),
        "{message}"
    );
    let (would, code, message) = tried(&mut mona, "s.kickuser", json!({"who": "anna.0"}));
    assert_eq!((would, code), (json!(false), json!("bad_arguments")));
    assert!(message.contains("`who`"), "{message}");
    let (would, code, message) = tried(&mut mona, "s.mute", json!({"client": "anna.0", "minutes": "soon"}));
    assert_eq!((would, code), (json!(false), json!("bad_arguments")));
    assert!(message.contains("s.mute(client..."), "{message}");
    assert_eq!(tried(&mut mona, "s.kick", json!([])).1, "unknown_command");
    let args = json!({"client": ["anna.0"], "request_id": "one"});
    assert_eq!(tried(&mut mona, "s.kickuser", args).0, json!(true));
    assert!(anna.is_alive(), "nothing was done");
    let events = server.as_user("ada").call("s.audit", json!([])).unwrap();
    assert!(!events.to_string().contains("s.kickuser"), "{events}");
}

#[test]
fn wrong_admin_keys_are_counted_by_client_and_by_address() {
    let server = Server::start();
    let mut ada = server.as_user("ada");
    let key = ada.call("s.setadminkey", json!([])).unwrap()["key"].clone();
    for person in ["anna", "bert", "emil", "mona"] {
        let mut raw = server.as_user(person);
        for _ in 0..5 {
            assert_eq!(
                raw.code_of("s.getadmin", json!(["mp_admin_wrong"])),
                "bad_login",
                "{person}"
            );
        }
        let refused = raw.call("s.getadmin", json!([key])).unwrap_err();
        assert_eq!(refused.code, "locked_out", "{person}: the right one too");
        let retry_at: jiff::Timestamp = refused.detail["retry_at"].as_str().unwrap().parse().unwrap();
        assert!(retry_at > motorpool::runtime::clock::now());
        raw.hang_up();
        let mut again = Raw::resume(server.address(), raw.token());
        // Under an id of its own: a call sent again hears its first answer.
        again.ask_as(700, "s.getadmin", json!([key]));
        assert_eq!(again.result(700).unwrap_err().code, "locked_out", "{person} again");
    }
    assert_eq!(
        server.guest().code_of("s.getadmin", json!([key])),
        "locked_out",
        "twenty from here"
    );
    let elsewhere = std::net::Ipv4Addr::new(127, 0, 0, 2).into();
    let mut guest = Raw::hello_from(elsewhere, server.address(), json!({})).unwrap();
    guest.call("s.getadmin", json!([key])).expect("another address");
    assert_eq!(event(&mut ada, "s.getadmin")["result"], "admin");
}

#[test]
fn admin_rights_of_several_are_taken_at_once_or_of_none() {
    let server = Server::start();
    let (mut ada, mut anna, mut bert) = (server.as_user("ada"), server.as_user("anna"), server.as_user("bert"));
    for client in ["anna.0", "bert.0"] {
        ada.call("s.getrights", json!([client, "admin"])).unwrap();
    }
    for raw in [&mut anna, &mut bert] {
        told(raw);
    }
    assert_eq!(
        ada.code_of("s.removeadmin", json!(["anna.0", "ada.0"])),
        "not_now",
        "ada's role"
    );
    anna.call("s.audit", json!([])).expect("an admin still");
    let reply = ada.call("s.removeadmin", json!(["anna.0", "bert.0"])).unwrap();
    let wanted = "User 'anna.0' no longer has admin permissions\nUser 'bert.0' no longer has admin permissions";
    assert_eq!(reply, wanted);
    for raw in [&mut anna, &mut bert] {
        assert_eq!(told(raw), "Your admin permissions were removed by 'ada.0'");
    }
}

#[test]
fn a_new_admin_key_is_shown_once_and_ends_the_old_one() {
    let server = Server::start();
    let (mut ada, mut mona, mut anna) = (server.as_user("ada"), server.as_user("mona"), server.as_user("anna"));
    for command in ["s.setadminkey", "s.getadminkey"] {
        assert_eq!(mona.code_of(command, json!([])), "forbidden");
    }
    assert_eq!(ada.code_of("s.setadminkey", json!(["my own choice"])), "bad_arguments");
    let make = |ada: &mut Raw| {
        let made = ada.call("s.setadminkey", json!({"request_id": "one"})).unwrap();
        (made["key_id"].clone(), made["key"].as_str().unwrap().to_owned())
    };
    let (_, old) = make(&mut ada);
    let (id, new) = make(&mut ada);
    assert!(new.starts_with("mp_admin_") && new != old);
    let about = ada.call("s.getadminkey", json!([])).unwrap();
    assert_eq!(
        (&about["key_id"], &about["set_by"]),
        (&id, &event(&mut ada, "s.setadminkey")["who"])
    );
    assert!(about["set_at"].as_str().unwrap().ends_with('Z'));
    assert!(!about.to_string().contains("mp_admin"), "{about}");
    assert_eq!(anna.code_of("s.getadmin", json!([old])), "bad_login");
    anna.call("s.getadmin", json!([new])).unwrap();
    let folder = server.folder();
    let kept = ["motorpool.db", "motorpool.db-wal", "log.txt"].map(|file| std::fs::read(folder.join(file)));
    for bytes in kept.into_iter().flatten() {
        for key in [&old, &new] {
            let shown = bytes.windows(key.len()).any(|window| window == key.as_bytes());
            assert!(!shown, "the key itself is kept nowhere");
        }
    }
}
