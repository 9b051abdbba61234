//! Clients and those who look after them: names, kicks, mutes, sockets.
//!
//! Each command is tried by who may and by who may not, and leaves its audit event.

use serde_json::{Value, json};

use crate::harness::{Raw, Server, until};

/// The next text of the server.
pub(crate) fn told(raw: &mut Raw) -> String {
    loop {
        let frame = raw.answer().expect("a text before the end");
        if let Some(body) = frame["text"]["body"].as_str() {
            return body.to_owned();
        }
    }
}

/// Whether the server said good-bye as to somebody kicked, after telling why.
fn kicked(raw: &mut Raw) -> String {
    let why = told(raw);
    assert_eq!(raw.answer().unwrap()["bye"], json!({"reason": "kicked"}));
    assert_eq!(raw.answer(), None);
    why
}

/// The newest audit event of a command.
pub(crate) fn event(ada: &mut Raw, command: &str) -> Value {
    let events = ada.call("s.audit", json!([])).unwrap();
    let mut events = events.as_array().unwrap().iter();
    events.find(|event| event["what"] == command).expect(command).clone()
}

/// What a text without an id is answered with.
pub(crate) fn says(raw: &mut Raw, body: &str) -> String {
    raw.send(&json!({"text": {"body": body}}));
    told(raw)
}

fn names(ada: &mut Raw) -> Vec<String> {
    let listed = ada.call("s.clients", json!([])).unwrap();
    let listed = listed.as_array().unwrap().iter();
    listed
        .map(|client| client["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_name_is_changed_by_its_bearer_and_stays_unique() {
    let server = Server::start();
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    let reply = anna.call("s.changename", json!(["wanda"])).unwrap();
    assert_eq!(reply, "Your username changed to 'wanda'");
    assert_eq!(anna.call("s.whoami", json!([])).unwrap()["name"], "wanda");
    let taken = bert.call("s.changename", json!(["Wanda"])).unwrap_err();
    assert_eq!(
        (taken.code.as_str(), taken.message.as_str()),
        ("conflict", "name `Wanda` is already used")
    );
    for wrong in ["", "ab", "a,b", "server", "seventeen-letters", &"x".repeat(300)] {
        assert_eq!(bert.code_of("s.changename", json!([wrong])), "bad_arguments", "{wrong}");
    }
    anna.call("s.changename", json!(["WANDA"])).unwrap();
    anna.call("s.changename", json!(["yolanda"])).unwrap();
    bert.call("s.changename", json!(["wanda"]))
        .expect("a name that was given up is free");
    let mut ada = server.as_user("ada");
    let event = event(&mut ada, "s.changename");
    assert_eq!(event["detail"], "bert.0 is now wanda");
}

#[test]
fn the_name_of_another_is_changed_by_a_manager_and_the_other_is_told() {
    let server = Server::start();
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    let _bert = server.as_user("bert");
    let refused = anna.call("s.changename", json!(["robert", "bert.0"])).unwrap_err();
    assert_eq!(refused.code, "forbidden");
    assert!(refused.message.contains("`manager`"), "{}", refused.message);
    let reply = mona.call("s.changename", json!(["wanda", "anna.0"])).unwrap();
    assert_eq!(reply, "User 'anna.0' changed name to 'wanda'");
    assert_eq!(told(&mut anna), "Your username changed to 'wanda'");
    assert_eq!(mona.code_of("s.changename", json!(["nobody", "anna.0"])), "not_found");
    assert_eq!(mona.code_of("s.changename", json!(["bert.0", "wanda"])), "conflict");
    let ada = server.as_user("ada");
    assert_eq!(mona.code_of("s.changename", json!(["eve", ada.name()])), "forbidden");
    let unit = server.unit("amber");
    assert_eq!(mona.code_of("s.changename", json!(["zebra", unit.name()])), "not_now");
}

#[test]
fn a_kicked_client_hears_why_and_may_come_again() {
    let server = Server::start();
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    assert_eq!(anna.code_of("s.kickuser", json!(["mona.0"])), "forbidden");
    assert_eq!(mona.code_of("s.kickuser", json!(["nobody"])), "not_found");
    let reason = json!({"client": "anna.0", "reason": "x".repeat(121)});
    assert_eq!(mona.code_of("s.kickuser", reason), "bad_arguments");
    let reply = mona
        .call("s.kickuser", json!({"client": "anna.0", "reason": "too loud"}))
        .unwrap();
    assert_eq!(reply, "Kicked user 'anna.0'");
    assert_eq!(kicked(&mut anna), "You got kicked by 'mona.0': too loud");
    let again = Raw::resume(server.address(), anna.token());
    assert_eq!(again.client_id(), anna.client_id());
    let event = event(&mut mona, "s.kickuser");
    assert_eq!(
        (&event["detail"], &event["result"]),
        (&json!("anna.0: too loud"), &json!("ok"))
    );
}

#[test]
fn several_are_muted_kicked_and_unmuted_at_once_or_none_of_them() {
    let server = Server::start();
    let (mut mona, mut ada) = (server.as_user("mona"), server.as_user("ada"));
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    let message = |raw: &mut Raw, command: &str, args: Value| {
        let refused = raw.call(command, args).unwrap_err();
        format!("{}: {}", refused.code, refused.message)
    };
    for command in ["s.kickuser", "s.mute", "s.unmute"] {
        let first_bad = match command {
            "s.unmute" => "not_now: user 'anna.0' is not muted",
            _ => "not_found: no user 'nobody'",
        };
        assert_eq!(
            message(&mut mona, command, json!(["anna.0", "nobody", "noone"])),
            first_bad
        );
        let many: Vec<String> = (0..65).map(|number| format!("client-{number}")).collect();
        assert!(
            message(&mut mona, command, json!(many)).contains("at most 64"),
            "{command}"
        );
        assert_eq!(mona.code_of(command, json!([])), "bad_arguments");
    }
    assert!(message(&mut mona, "s.kickuser", json!(["anna.0", "ada.0"])).starts_with("forbidden: user 'ada.0'"));
    assert_eq!(says(&mut anna, "hello"), "Received", "nothing was done");
    let reply = mona.call("s.mute", json!(["anna.0", "bert.0", "ANNA.0"])).unwrap();
    let lines: Vec<&str> = reply.as_str().unwrap().lines().collect();
    assert_eq!(lines.len(), 2, "{reply}");
    assert!(lines[0].starts_with("Muted user 'anna.0'") && lines[1].starts_with("Muted user 'bert.0'"));
    for raw in [&mut anna, &mut bert] {
        assert!(told(raw).starts_with("You got muted by 'mona.0'"));
    }
    let refused = message(&mut mona, "s.mute", json!(["mona.0", "bert.0"]));
    assert!(
        refused.starts_with("not_now: user 'bert.0' is already muted"),
        "{refused}"
    );
    assert_eq!(says(&mut mona, "hello"), "Received", "nor was mona muted");
    let reply = mona.call("s.unmute", json!(["anna.0", "bert.0"])).unwrap();
    assert_eq!(reply, "Unmuted user 'anna.0'\nUnmuted user 'bert.0'");
    for raw in [&mut anna, &mut bert] {
        assert_eq!(told(raw), "You got unmuted by 'mona.0'");
    }
    let reply = mona
        .call("s.kickuser", json!({"client": ["anna.0", "bert.0"], "reason": "late"}))
        .unwrap();
    assert_eq!(reply, "Kicked user 'anna.0'\nKicked user 'bert.0'");
    for raw in [&mut anna, &mut bert] {
        assert_eq!(kicked(raw), "You got kicked by 'mona.0': late");
    }
    let _again = server.as_user("anna");
    assert_eq!(mona.code_of("s.kickip", json!(["127.0.0.1", "127.0.0.9"])), "not_found");
    assert!(names(&mut ada).contains(&"anna.1".to_owned()), "nobody was kicked");
}

#[test]
fn an_admin_is_kicked_by_an_admin_only() {
    let server = Server::start();
    let (mut ada, mut other, mut mona) = (server.as_user("ada"), server.as_user("ada"), server.as_user("mona"));
    let refused = mona.call("s.kickuser", json!([other.name()])).unwrap_err();
    assert_eq!(refused.code, "forbidden");
    assert!(refused.message.contains("`admin`"), "{}", refused.message);
    assert!(other.is_alive());
    ada.call("s.kickuser", json!([other.name()])).unwrap();
    assert_eq!(kicked(&mut other), "You got kicked by 'ada.0'");
}

#[test]
fn an_address_is_kicked_without_the_kicker_and_without_admins() {
    let server = Server::start();
    let (mut mona, mut ada) = (server.as_user("mona"), server.as_user("ada"));
    assert_eq!(
        mona.code_of("s.kickip", json!(["127.0.0.1"])),
        "forbidden",
        "an admin alone"
    );
    let (mut anna, mut guest) = (server.as_user("anna"), server.guest());
    assert_eq!(anna.code_of("s.kickip", json!(["127.0.0.1"])), "forbidden");
    assert_eq!(mona.code_of("s.kickip", json!(["127.0.0"])), "bad_arguments");
    assert_eq!(mona.code_of("s.kickip", json!(["127.0.0.2"])), "not_found");
    let reply = mona
        .call("s.kickip", json!({"address": "::ffff:127.0.0.1", "reason": "cleaning"}))
        .unwrap();
    let wanted = format!(
        "Kicked anna.0, {}; not kicked, for they are admins: ada.0",
        guest.name()
    );
    assert_eq!(reply, wanted);
    for raw in [&mut anna, &mut guest] {
        assert_eq!(kicked(raw), "You got kicked by 'mona.0': cleaning");
    }
    until("the kicked to be gone", || {
        (names(&mut ada) == ["ada.0", "mona.0"]).then_some(())
    });
    assert_eq!(event(&mut ada, "s.kickip")["on_what"], "address:::ffff:127.0.0.1");
    ada.call("s.kickip", json!(["127.0.0.1"])).unwrap();
    assert_eq!(kicked(&mut mona), "You got kicked by 'ada.0'");
    assert_eq!(
        ada.code_of("s.kickip", json!(["127.0.0.1"])),
        "not_found",
        "never oneself"
    );
}

#[test]
fn a_muted_client_may_not_talk_and_may_do_everything_else() {
    let server = Server::start();
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    assert_eq!(says(&mut anna, "hello"), "Received");
    assert_eq!(anna.code_of("s.mute", json!(["mona.0"])), "forbidden");
    let args = json!({"client": "anna.0", "reason": "too loud", "minutes": 5});
    let reply = mona.call("s.mute", args.clone()).unwrap();
    assert!(
        reply.as_str().unwrap().starts_with("Muted user 'anna.0' until "),
        "{reply}"
    );
    let why = told(&mut anna);
    assert!(
        why.starts_with("You got muted by 'mona.0' until ") && why.ends_with(": too loud"),
        "{why}"
    );
    let refused = says(&mut anna, "hello");
    assert!(
        refused.starts_with("muted: ") && refused.ends_with(": too loud"),
        "{refused}"
    );
    anna.send(&json!({"text": {"id": 70, "body": "hello"}}));
    let refused = anna.result(70).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), &refused.detail["reason"]),
        ("muted", &json!("too loud"))
    );
    let until: jiff::Timestamp = refused.detail["until"].as_str().unwrap().parse().unwrap();
    let seconds = until.duration_since(motorpool::runtime::clock::now()).as_secs();
    assert!((200..=300).contains(&seconds), "{seconds}");
    anna.send(&json!({"send": {"id": 71, "to": {"user": "bert"}, "body": "hello"}}));
    assert_eq!(anna.result(71).unwrap_err().code, "muted");
    anna.call("s.whoami", json!([])).unwrap();
    assert!(says(&mut anna, "s.whoami()").contains("anna"));
    anna.send(&json!({"request": {"id": 72, "name": "PING"}}));
    anna.result(72).unwrap();
    assert_eq!(mona.code_of("s.mute", args), "not_now", "muted already");
    assert_eq!(event(&mut mona, "s.mute")["result"], "ok");
}

#[test]
fn a_mute_survives_a_reconnect_and_ends_with_unmute() {
    let server = Server::start();
    let mut mona = server.as_user("mona");
    let (mut anna, guest) = (server.as_user("anna"), server.guest());
    mona.call("s.mute", json!(["anna.0"])).unwrap();
    mona.call("s.mute", json!([guest.name()])).unwrap();
    told(&mut anna);
    anna.hang_up();
    let mut again = Raw::resume(server.address(), anna.token());
    let mut elsewhere = server.as_user("anna");
    let mut returned = Raw::resume(server.address(), guest.token());
    for raw in [&mut again, &mut elsewhere, &mut returned] {
        assert!(says(raw, "hello").starts_with("muted: "));
    }
    assert_eq!(again.code_of("s.unmute", json!(["anna.0"])), "forbidden");
    assert_eq!(
        mona.call("s.unmute", json!(["anna.0"])).unwrap(),
        "Unmuted user 'anna.0'"
    );
    assert_eq!(told(&mut again), "You got unmuted by 'mona.0'");
    assert_eq!(says(&mut again, "hello"), "Received");
    assert_eq!(says(&mut elsewhere, "hello"), "Received");
    assert_eq!(mona.code_of("s.unmute", json!(["anna.0"])), "not_now");
    assert_eq!(mona.code_of("s.unmute", json!(["nobody"])), "not_found");
    returned.hang_up();
    until("the guest to be gone", || {
        (!names(&mut mona).contains(&guest.name().to_owned())).then_some(())
    });
    mona.call("s.unmute", json!([guest.name()])).expect("also who has left");
    assert_eq!(event(&mut mona, "s.unmute")["detail"], guest.name());
}

#[test]
fn a_mute_has_bounds_and_an_admin_is_muted_by_an_admin_only() {
    let server = Server::start();
    let (mut mona, mut ada) = (server.as_user("mona"), server.as_user("ada"));
    let _anna = server.as_user("anna");
    for minutes in [0, -1, 43_201] {
        let args = json!({"client": "anna.0", "minutes": minutes});
        assert_eq!(mona.code_of("s.mute", args), "bad_arguments", "{minutes}");
    }
    mona.call("s.mute", json!({"client": "anna.0", "minutes": 43_200}))
        .unwrap();
    assert_eq!(mona.code_of("s.mute", json!(["nobody"])), "not_found");
    assert_eq!(mona.code_of("s.mute", json!(["ada.0"])), "forbidden");
    ada.call("s.mute", json!(["mona.0"])).unwrap();
    told(&mut mona);
    mona.call("s.unmute", json!(["mona.0"]))
        .expect("a muted operator still operates");
}

#[test]
fn a_client_is_described_to_everybody_and_more_of_it_to_managers() {
    let server = Server::start();
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    let own = anna.call("s.info", json!([])).unwrap();
    assert_eq!(own["serversock"], server.address().to_string());
    let seen = anna.call("s.info", json!(["mona.0"])).unwrap();
    assert_eq!((&seen["name"], &seen["is_server"]), (&json!("mona.0"), &json!(false)));
    assert_eq!(seen.get("of_managers"), None, "{seen}");
    mona.call("s.mute", json!(["anna.0"])).unwrap();
    let both = mona.call("s.info", json!(["server", "anna.0", "commands"])).unwrap();
    assert_eq!(both[0]["name"], own["name"]);
    assert_eq!(both[1]["of_managers"]["address"], "127.0.0.1");
    assert!(both[1]["muted_until"].is_string(), "{both}");
    assert!(both[2].as_array().unwrap().contains(&json!("s.mute")), "{both}");
    let refused = mona.call("s.info", json!(["a\u{7}b"])).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.message.as_str()),
        ("not_found", "no user 'a\\u{7}b'")
    );
}

#[test]
fn help_explains_topics_and_only_what_one_may_call() {
    let server = Server::start();
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    let one = anna.call("s.help", json!(["whoami", "project", "server"])).unwrap();
    assert_eq!(one[0]["command"], "s.whoami()");
    assert!(one[1]["about"].as_str().unwrap().starts_with("motorpool "), "{one}");
    assert_eq!(one[2]["topic"], "server");
    let users = mona.call("s.help", json!(["users commands"])).unwrap();
    assert!(
        users
            .as_array()
            .unwrap()
            .iter()
            .all(|entry| entry["category"] == "users"),
        "{users}"
    );
    let asked = anna.call("s.help", json!(["requestables"])).unwrap();
    assert!(
        asked.to_string().contains("SERVERDATA()") && !asked.to_string().contains("CLIENTS("),
        "{asked}"
    );
    for hidden in ["s.mute", "nothing", "wizard commands"] {
        assert_eq!(anna.code_of("s.help", json!([hidden])), "not_found", "{hidden}");
    }
    assert!(says(&mut anna, "s.help(ping, whoami)").contains("s.whoami()"));
}

#[test]
fn operators_see_limits_requestables_and_sockets() {
    let server = Server::start();
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    for command in ["s.attributes", "s.listsocks"] {
        assert_eq!(anna.code_of(command, json!([])), "forbidden");
    }
    let told = mona.call("s.attributes", json!([])).unwrap();
    let requestables = told["requestables"].as_array().unwrap();
    assert!(
        requestables.contains(&json!("PING")) && requestables.contains(&json!("CLIENTS")),
        "{told}"
    );
    let limits = told["limits"].as_array().unwrap();
    assert!(
        limits.contains(&json!({"name": "frame_bytes", "value": "65536"})),
        "{told}"
    );
    let ticket = anna.call("s.attach", json!([])).unwrap();
    let mut sock = Raw::connect(server.maindata());
    let attach = json!({"client_id": anna.client_id(), "datasock": "Maindata", "ticket": ticket["ticket"]});
    sock.send(&json!({ "attach": attach }));
    assert_eq!(sock.read().unwrap(), json!({"attached": {"datasock": "Maindata"}}));
    let listed = mona.call("s.listsocks", json!([])).unwrap();
    let wanted = json!([
        {"name": "Serversock", "address": server.address().to_string(), "receiver": "default", "sessions": 2},
        {"name": "Maindata", "address": server.maindata().to_string(), "receiver": "default", "sessions": 1},
    ]);
    for (sock, wanted) in listed.as_array().unwrap().iter().zip(wanted.as_array().unwrap()) {
        for (key, value) in wanted.as_object().unwrap() {
            assert_eq!(&sock[key], value, "{listed}");
        }
    }
    assert_eq!(listed[1]["datasock"]["auto_connect"], json!(true));
    mona.call("s.kickuser", json!(["anna.0"])).unwrap();
    // A kick ends the datasocks too; without that this would wait in vain.
    while sock.answer().is_some() {}
}
