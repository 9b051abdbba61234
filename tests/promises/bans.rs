//! Bans of accounts, names and addresses: who is sent away and kept out, who may, and that mutes and bans outlive the server.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Value, json};

use crate::harness::{PASSWORD, Raw, Refused, Server, metric};
use crate::users::{event, says, told};

/// Another address of this machine.
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

fn sent_away(raw: &mut Raw) -> String {
    let why = told(raw);
    assert_eq!(raw.answer().unwrap()["bye"], json!({"reason": "kicked"}));
    assert_eq!(raw.answer(), None);
    why
}

fn by_token(server: &Server, token: &str) -> Result<Raw, Refused> {
    Raw::hello(server.address(), json!({"login": {"resume": token}}))
}

fn by_password(server: &Server, password: &str) -> Result<Raw, Refused> {
    let login = json!({"password": {"username": "anna", "password": password}});
    Raw::hello(server.address(), json!({ "login": login }))
}

#[test]
fn a_banned_account_is_sent_away_and_kept_out_over_a_restart_until_it_is_let_in_again() {
    let mut server = Server::start();
    let (mut mona, mut anna, mut other) = (server.as_user("mona"), server.as_user("anna"), server.as_user("anna"));
    assert_eq!(anna.code_of("s.ban", json!({"user": "bert"})), "forbidden");
    let args = json!({"user": "anna", "reason": "too fast", "minutes": 5});
    let reply = mona.call("s.ban", args.clone()).unwrap();
    assert!(
        reply.as_str().unwrap().starts_with("Banned account 'anna' until "),
        "{reply}"
    );
    for raw in [&mut anna, &mut other] {
        let why = sent_away(raw);
        assert!(
            why.starts_with("You got banned by 'mona.0' until ") && why.ends_with(": too fast"),
            "{why}"
        );
    }
    assert_eq!(mona.code_of("s.ban", args), "not_now", "banned already");
    let banned = event(&mut mona, "s.ban");
    assert!(banned["on_what"].as_str().unwrap().starts_with("user:"), "{banned}");
    let listed = mona.call("s.bans", json!([])).unwrap();
    assert_eq!(
        (&listed[0]["name"], &listed[0]["reason"]),
        (&json!("anna"), &json!("too fast"))
    );
    server.restart();
    let refusals = [by_token(&server, anna.token()), by_password(&server, PASSWORD)];
    for refused in refusals.map(|refused| refused.err().expect("kept out")) {
        assert_eq!(
            (refused.code.as_str(), &refused.detail["reason"]),
            ("forbidden", &json!("too fast"))
        );
        assert_eq!(refused.detail["until"], listed[0]["until"]);
        assert!(
            refused.message.starts_with("your account is banned by 'mona.0'"),
            "{}",
            refused.message
        );
    }
    let wrong = by_password(&server, "wrong password").err().unwrap();
    assert_eq!(wrong.code, "bad_login", "a ban tells a guesser nothing");
    let mut mona = server.as_user("mona");
    assert_eq!(
        mona.call("s.unban", json!(["anna"])).unwrap(),
        "Unbanned account 'anna'"
    );
    assert_eq!(mona.code_of("s.unban", json!(["anna"])), "not_now");
    assert_eq!(mona.call("s.bans", json!([])).unwrap(), json!([]));
    by_token(&server, anna.token()).expect("in again");
    assert_eq!(event(&mut mona, "s.unban")["detail"], "anna");
}

#[test]
fn a_banned_name_is_borne_by_nobody_and_a_key_of_that_name_is_kept_out() {
    let server = Server::start();
    let (mut mona, mut anna) = (server.as_user("mona"), server.as_user("anna"));
    mona.call("s.ban", json!({"name": "ANNA.0"})).unwrap();
    assert!(told(&mut anna).starts_with("The name 'ANNA.0' got banned by 'mona.0' until "));
    let name = anna.call("s.whoami", json!([])).unwrap()["name"].clone();
    assert!(name.as_str().unwrap().starts_with("unnamed_"), "{name}");
    assert_eq!(anna.code_of("s.changename", json!(["anna.0"])), "forbidden");
    anna.call("s.changename", json!(["wanda"])).expect("another name");
    let resumed = Raw::resume(server.address(), anna.token());
    let wished = Raw::hello(server.address(), json!({"name": "anna.0"})).unwrap();
    for raw in [&resumed, &wished] {
        assert!(raw.name().starts_with("unnamed_"), "{}", raw.name());
        let notices = raw.welcome["notices"].to_string();
        assert!(notices.contains("is banned until"), "{notices}");
    }
    let hello = json!({"kind": "bot", "login": {"key": server.key("bot")}});
    let mut robby = Raw::hello(server.address(), hello.clone()).unwrap();
    mona.call("s.ban", json!({"name": "robby"})).unwrap();
    assert!(sent_away(&mut robby).starts_with("You got banned by 'mona.0'"));
    assert_eq!(
        Raw::hello(server.address(), hello.clone()).err().unwrap().code,
        "forbidden"
    );
    mona.call("s.unban", json!({"name": "robby"})).unwrap();
    Raw::hello(server.address(), hello).unwrap();
}

#[test]
fn a_banned_address_is_refused_at_every_door_before_any_login_is_looked_at() {
    let server = Server::start();
    let mut mona = server.as_user("mona");
    let mut guest = Raw::hello_from(ELSEWHERE, server.address(), json!({})).unwrap();
    let ticket = guest.call("s.attach", json!([])).unwrap()["ticket"].clone();
    mona.call("s.ban", json!({"address": "::ffff:127.0.0.2", "reason": "noise"}))
        .unwrap();
    assert!(sent_away(&mut guest).ends_with(": noise"));
    let attempts = || metric(server.http(), "motorpool_login_attempts_total", &[]);
    let before = attempts();
    let login = json!({"password": {"username": "anna", "password": PASSWORD}});
    for fields in [
        json!({}),
        json!({"login": login}),
        json!({"login": {"resume": guest.token()}}),
    ] {
        let refused = Raw::hello_from(ELSEWHERE, server.address(), fields).err().unwrap();
        assert_eq!(
            (refused.code.as_str(), &refused.detail["reason"]),
            ("forbidden", &json!("noise"))
        );
    }
    assert_eq!(attempts(), before, "no login was looked at");
    let mut sock = Raw::connect_from(ELSEWHERE, server.maindata());
    sock.send(&json!({"attach": {"client_id": guest.client_id(), "datasock": "Maindata", "ticket": ticket}}));
    assert_eq!(sock.read().unwrap()["error"]["code"], "forbidden");
    assert_eq!(
        mona.call("s.unban", json!({"address": "127.0.0.2"})).unwrap(),
        "Unbanned address '127.0.0.2'"
    );
    Raw::hello_from(ELSEWHERE, server.address(), json!({})).unwrap();
}

#[test]
fn nobody_bans_themselves_or_an_admin_above_them_and_one_subject_is_one() {
    let server = Server::start();
    let (mut mona, mut ada, anna) = (server.as_user("mona"), server.as_user("ada"), server.as_user("anna"));
    for own in [
        json!({"user": "mona"}),
        json!({"name": "mona.0"}),
        json!({"address": "127.0.0.1"}),
    ] {
        let refused = mona.call("s.ban", own.clone()).unwrap_err();
        assert_eq!(refused.code, "forbidden", "{own}");
        assert!(
            refused.message.starts_with("nobody bans themselves"),
            "{}",
            refused.message
        );
    }
    let ada_elsewhere = json!({"login": {"resume": server.token_of("ada")}});
    let ada_elsewhere = Raw::hello_from(ELSEWHERE, server.address(), ada_elsewhere).unwrap();
    for admin in [
        json!({"user": "ada"}),
        json!({"name": "ada.0"}),
        json!({"address": "127.0.0.2"}),
    ] {
        assert_eq!(mona.code_of("s.ban", admin.clone()), "forbidden", "{admin}");
    }
    assert!(ada_elsewhere.name().starts_with("ada"));
    for wrong in [
        json!({}),
        json!({"user": "anna", "name": "anna.0"}),
        json!({"address": "127.0.0"}),
        json!({"user": "anna", "minutes": 0}),
        json!({"user": "anna", "minutes": 527_041}),
        json!({"user": "anna", "reason": "x".repeat(121)}),
    ] {
        assert_eq!(mona.code_of("s.ban", wrong.clone()), "bad_arguments", "{wrong}");
    }
    assert_eq!(mona.code_of("s.ban", json!({"user": "nobody"})), "not_found");
    ada.call("s.setrole", json!(["bert", "admin"])).unwrap();
    ada.call("s.ban", json!({"user": "bert", "minutes": 527_040})).unwrap();
    assert_eq!(mona.code_of("s.unban", json!({"user": "bert"})), "forbidden");
    ada.call("s.unban", json!({"user": "bert"})).unwrap();
    assert!(anna.name().starts_with("anna"));
}

#[test]
fn a_mute_outlives_the_server_with_its_end() {
    let mut server = Server::start();
    let (mut mona, anna, bert) = (server.as_user("mona"), server.as_user("anna"), server.as_user("bert"));
    mona.call(
        "s.mute",
        json!({"client": ["anna.0", "bert.0"], "reason": "loud", "minutes": 5}),
    )
    .unwrap();
    mona.call("s.unmute", json!(["bert.0"])).unwrap();
    server.restart();
    let mut anna = Raw::resume(server.address(), anna.token());
    anna.send(&json!({"text": {"id": 70, "body": "hello"}}));
    let refused = anna.result(70).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), &refused.detail["reason"]),
        ("muted", &json!("loud"))
    );
    let until: jiff::Timestamp = refused.detail["until"].as_str().unwrap().parse().unwrap();
    let seconds = until.duration_since(motorpool::runtime::clock::now()).as_secs();
    assert!((100..=300).contains(&seconds), "{seconds}");
    let mut bert = Raw::resume(server.address(), bert.token());
    assert_eq!(says(&mut bert, "hello"), "Received");
    server.as_user("mona").call("s.unmute", json!(["anna.0"])).unwrap();
    assert_eq!(told(&mut anna), "You got unmuted by 'mona.1'");
    assert_eq!(says(&mut anna, "hello"), "Received");
}

#[test]
fn a_muted_client_answers_and_asks_over_maindata_as_before() {
    let server = Server::start();
    let mut mona = server.as_user("mona");
    let hello = json!({"name": "lamp", "commands": ["shine"], "requestables": ["COLOUR"]});
    let mut lamp = Raw::hello(server.address(), hello).unwrap();
    let ticket = lamp.call("s.attach", json!([])).unwrap()["ticket"].clone();
    let mut sock = Raw::connect(server.maindata());
    sock.send(&json!({"attach": {"client_id": lamp.client_id(), "datasock": "Maindata", "ticket": ticket}}));
    assert_eq!(sock.read().unwrap(), json!({"attached": {"datasock": "Maindata"}}));
    mona.call("s.mute", json!(["lamp"])).unwrap();
    told(&mut lamp);
    sock.call("s.whoami", json!([])).expect("a call");
    sock.send(&json!({"request": {"id": 72, "name": "PING"}}));
    sock.result(72).expect("a request");
    sock.send(&json!({"text": {"id": 73, "body": "hello"}}));
    assert_eq!(sock.result(73).unwrap_err().code, "muted", "talk is talk on every sock");
    let asked = mona.ask("s.request", json!(["lamp", "COLOUR"]));
    let question: Value = loop {
        // Where there is a Maindata connection the server asks there.
        let frame = sock.answer().unwrap();
        if frame.get("request").is_some() {
            break frame["request"].clone();
        }
    };
    sock.send(&json!({"result": {"id": question["id"], "ok": "red"}}));
    assert_eq!(mona.result(asked).unwrap(), "red", "an answer the server asked for");
}
