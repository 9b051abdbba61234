//! Every command of the table tried by every role: allowed, or `forbidden` with the permission that is missing.
//!
//! The table is read from `s.help` of those who together may call everything; what each role holds, from its
//! welcome. An argument that no command knows tells an allowed call from a forbidden one without doing anything.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::{Raw, Server};

/// What the protocol promises of its fixed commands.
const FIXED: [(&str, &str); 14] = [
    ("s.availability", "user"),
    ("s.book", "customer"),
    ("s.extend", "user"),
    ("s.cancel", "user"),
    ("s.bookings", "user"),
    ("s.unlock", "user"),
    ("s.lock", "user"),
    ("s.unlockwith", "car"),
    ("s.return", "user"),
    ("s.commands", "manager"),
    ("s.getadmin", "guest"),
    ("s.shutdown", "admin"),
    ("s.users", "manager"),
    ("s.clients", "manager"),
];

fn everybody(server: &Server) -> Vec<(&'static str, Raw)> {
    let by_key = |kind: &str| {
        let hello = json!({"kind": kind, "login": {"key": server.key(kind)}});
        Raw::hello(server.address(), hello).unwrap()
    };
    let mut ada = server.as_user("ada");
    ada.call("s.newgroup", json!(["valet", "engineer"])).unwrap();
    ada.call("s.setrole", json!(["rider-00", "guest"])).unwrap();
    ada.call("s.setrole", json!(["rider-01", "user"])).unwrap();
    ada.call("s.grant", json!(["rider-01", "valet"])).unwrap();
    ada.call("s.grant", json!(["rider-02", "face_search"])).unwrap();
    ada.hang_up();
    vec![
        ("nobody's guest", server.as_user("rider-00")),
        ("valet", server.as_user("rider-01")),
        ("searcher", server.as_user("rider-02")),
        ("server", by_key("server")),
        ("guest", server.guest()),
        ("customer", server.as_user("anna")),
        ("engineer", server.as_user("emil")),
        ("manager", server.as_user("mona")),
        ("admin", server.as_user("ada")),
        ("car", server.unit("amber")),
        ("bot", by_key("bot")),
    ]
}

/// Each command with the permission it needs, as help tells those who may call it.
fn table(people: &mut [(&'static str, Raw)]) -> BTreeMap<String, String> {
    let mut table = BTreeMap::new();
    for (_, raw) in people {
        for entry in raw.call("s.help", json!([])).unwrap().as_array().unwrap() {
            let name = entry["command"].as_str().unwrap().split('(').next().unwrap();
            table.insert(name.to_owned(), entry["needs"].as_str().unwrap().to_owned());
        }
    }
    table
}

/// Everybody is at least a guest, which is not worth a word in a welcome.
fn holds(raw: &Raw, permission: &str) -> bool {
    permission == "guest"
        || raw.welcome["permissions"]
            .as_array()
            .unwrap()
            .contains(&json!(permission))
}

#[test]
fn every_command_is_open_to_who_holds_its_permission_and_forbidden_to_all_others() {
    let server = Server::start();
    let mut people = everybody(&server);
    let table = table(&mut people);
    assert!(table.len() > 20, "{table:?}");
    let mut tried = (0, 0);
    for (role, raw) in &mut people {
        for (command, needs) in &table {
            let refused = raw.call(command, json!({"no_such_argument": 1})).unwrap_err();
            if holds(raw, needs) {
                assert_eq!(
                    refused.code, "bad_arguments",
                    "{role} calls {command}: {}",
                    refused.message
                );
                tried.0 += 1;
            } else {
                assert_eq!(refused.code, "forbidden", "{role} calls {command}: {}", refused.message);
                let names = refused.message.contains(&format!("`{needs}`")) && refused.message.contains(command);
                assert!(names, "{}", refused.message);
                tried.1 += 1;
            }
        }
    }
    assert!(
        tried.0 > 50 && tried.1 > 50,
        "allowed {}, forbidden {}",
        tried.0,
        tried.1
    );
}

#[test]
fn the_welcome_lists_exactly_what_one_may_call() {
    let server = Server::start();
    let mut people = everybody(&server);
    let table = table(&mut people);
    for (role, raw) in &people {
        let may: Vec<&String> = table
            .iter()
            .filter(|(_, needs)| holds(raw, needs))
            .map(|(name, _)| name)
            .collect();
        let mut told: Vec<&str> = raw.welcome["server"]["commands"]
            .as_array()
            .unwrap()
            .iter()
            .map(text)
            .collect();
        told.sort_unstable();
        assert_eq!(told, may, "{role}");
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn the_fixed_commands_need_what_the_protocol_says() {
    let server = Server::start();
    let table = table(&mut everybody(&server));
    for (command, needs) in FIXED {
        assert_eq!(table.get(command).map(String::as_str), Some(needs), "{command}");
    }
}

#[test]
fn a_role_holds_what_it_should_and_a_change_is_felt_at_once() {
    let server = Server::start();
    for (role, raw) in &everybody(&server) {
        let wanted = match *role {
            "guest" => json!(["user"]),
            "nobody's guest" => json!(["guest"]),
            "valet" => json!(["user", "engineer", "valet"]),
            "searcher" => json!(["user", "customer", "face_search"]),
            "server" => json!(["user", "server"]),
            "customer" => json!(["user", "customer"]),
            "engineer" => json!(["user", "engineer"]),
            "car" => json!(["user", "car"]),
            "bot" => json!(["user", "bot"]),
            _ => continue,
        };
        assert_eq!(raw.welcome["permissions"], wanted, "{role}");
    }
    let (mut bert, mut ada) = (server.as_user("bert"), server.as_user("ada"));
    assert_eq!(bert.code_of("s.users", json!([])), "forbidden");
    ada.call("s.setrole", json!({"user": "bert", "role": "manager"}))
        .unwrap();
    bert.call("s.users", json!([])).unwrap();
    ada.call("s.setrole", json!({"user": "bert", "role": "user"})).unwrap();
    assert_eq!(bert.code_of("s.users", json!([])), "forbidden");
    assert_eq!(bert.code_of("s.book", json!({})), "forbidden");
}

#[test]
fn nobody_raises_themselves_above_their_own_rights() {
    let server = Server::start();
    let mut mona = server.as_user("mona");
    assert_eq!(
        mona.code_of("s.setrole", json!({"user": "mona", "role": "admin"})),
        "forbidden"
    );
    assert_eq!(
        mona.code_of("s.setrole", json!({"user": "ada", "role": "user"})),
        "forbidden"
    );
    assert_eq!(mona.code_of("s.resetpassword", json!({"user": "ada"})), "forbidden");
    assert_eq!(mona.code_of("s.disableuser", json!({"user": "ada"})), "forbidden");
    let admin = json!({"username": "eve", "password": "a long password", "role": "admin"});
    let code = mona.code_of("s.adduser", admin);
    assert!(["forbidden", "bad_arguments"].contains(&code.as_str()), "{code}");
    assert_eq!(
        server
            .as_user("anna")
            .code_of("s.setrole", json!({"user": "anna", "role": "admin"})),
        "forbidden"
    );
}

/// Texts where names may stand: of every length up to 300, and with what a call would have to quote.
fn names() -> Vec<(String, bool)> {
    let lengths = (1..=20).chain([64, 128, 255, 256, 299, 300]);
    let mut names: Vec<_> = lengths
        .map(|length| ("n".repeat(length), (3..=16).contains(&length)))
        .collect();
    let wrong = [
        "",
        "a,b",
        "a b",
        " ab",
        "ab ",
        "a\tb",
        "a\nb",
        "a\u{0}b",
        "a\u{7}b",
        "a\u{1b}[2J",
        "a\u{202e}b",
        "a(b)",
        "a\"b",
    ];
    names.extend(wrong.map(|wrong| (wrong.to_owned(), false)));
    names
}

#[test]
fn names_are_given_or_refused_by_one_rule_wherever_they_stand() {
    let server = Server::start();
    let (mut ada, mut anna) = (server.as_user("ada"), server.as_user("anna"));
    for (name, is_good) in names() {
        let wished = Raw::hello(server.address(), json!({"name": name})).unwrap();
        assert_eq!(wished.name() == name, is_good, "{name:?} at hello");
        assert_eq!(
            wished.welcome["notices"].as_array().unwrap().is_empty(),
            is_good,
            "{name:?}"
        );
        wished.hang_up();
        let at_ban = ada.call("s.ban", json!({"name": name})).map_err(|refused| refused.code);
        let at_group = ada
            .call("s.newgroup", json!([name, "user"]))
            .map_err(|refused| refused.code);
        if is_good {
            at_ban.expect(&name);
            at_group.expect(&name);
            ada.call("s.unban", json!({"name": name})).unwrap();
        } else {
            assert_eq!(at_ban, Err("bad_arguments".to_owned()), "{name:?} at s.ban");
            assert_eq!(at_group, Err("bad_arguments".to_owned()), "{name:?} at s.newgroup");
            assert_eq!(anna.code_of("s.changename", json!([name])), "bad_arguments", "{name:?}");
        }
    }
    for length in 3..=16 {
        anna.call("s.changename", json!(["m".repeat(length)])).unwrap();
    }
}
