//! Who is let in, as what, and under which name.
//!
//! Guests, passwords, keys and tokens; what is refused says nothing that a guesser could use.

use serde_json::{Value, json};

use crate::harness::{PASSWORD, Raw, Refused, Server};

fn password(username: &str, password: &str) -> Value {
    json!({"password": {"username": username, "password": password}})
}

fn refused(server: &Server, hello: Value) -> Refused {
    match Raw::hello(server.address(), hello.clone()) {
        Ok(raw) => panic!("{hello} was welcomed: {}", raw.welcome),
        Err(refused) => refused,
    }
}

#[test]
fn a_guest_is_welcomed_with_a_name_and_the_rights_of_a_user() {
    let server = Server::start();
    let mut guest = server.guest();
    assert_eq!(guest.welcome["permissions"], json!(["user"]));
    assert!(guest.name().starts_with("unnamed_"), "{}", guest.name());
    assert_eq!(
        guest.welcome["notices"],
        json!([]),
        "who asks for no name hears no notice"
    );
    let told = &guest.welcome["server"];
    assert_eq!(told["protocol"], 1);
    assert_eq!(told["limits"]["frame_bytes"], 65_536);
    assert_eq!(told["datasocks"][0]["name"], "Maindata");
    assert_eq!(told["datasocks"][0]["port"], server.maindata().port());
    assert!(told["commands"].as_array().unwrap().contains(&json!("s.ping")));
    assert!(!told["commands"].as_array().unwrap().contains(&json!("s.shutdown")));
    let you = guest.call("s.whoami", json!([])).unwrap();
    assert_eq!(you["client_id"], guest.client_id());
}

#[test]
fn a_password_opens_and_a_wrong_one_and_an_unknown_name_sound_the_same() {
    let server = Server::start();
    let anna = Raw::hello(server.address(), json!({"login": password("anna", PASSWORD)})).unwrap();
    assert_eq!(anna.name(), "anna");
    assert_eq!(anna.welcome["permissions"], json!(["user", "customer"]));
    let wrong = refused(&server, json!({"login": password("anna", "wrong horse")}));
    assert_eq!(wrong.code, "bad_login");
    assert_eq!(wrong, refused(&server, json!({"login": password("nobody", PASSWORD)})));
    assert_eq!(
        wrong,
        refused(&server, json!({"login": password("rider-00", PASSWORD)})),
        "without a password"
    );
    assert_eq!(wrong, refused(&server, json!({"login": {"resume": "mp_resume_aaaa"}})));
    assert_eq!(wrong, refused(&server, json!({"login": {"key": "mp_car_aaaa"}})));
}

#[test]
fn a_key_makes_what_it_is_for_and_a_revoked_one_nothing() {
    let server = Server::start();
    let unit = server.unit("amber");
    assert_eq!(unit.name(), "amber");
    assert_eq!(unit.welcome["permissions"], json!(["user", "car"]));
    for (key, name, permission) in [("bot", "robby", "bot"), ("server", "branch", "server")] {
        let device = Raw::hello(
            server.address(),
            json!({"kind": key, "login": {"key": server.key(key)}}),
        )
        .unwrap();
        assert_eq!(device.name(), name);
        assert_eq!(device.welcome["permissions"], json!(["user", permission]));
    }
    let wrong = refused(&server, json!({"kind": "car", "login": {"key": server.key("revoked")}}));
    assert_eq!(wrong.code, "bad_login");
    let other = refused(
        &server,
        json!({"kind": "server", "login": {"key": server.key("amber")}}),
    );
    assert_eq!(other.code, "bad_login", "a car's key makes no server");
}

#[test]
fn cars_and_servers_need_a_key() {
    let server = Server::start();
    for kind in ["car", "server"] {
        for login in [Value::Null, password("ada", PASSWORD)] {
            let refusal = refused(&server, json!({"kind": kind, "login": login}));
            assert_eq!(refusal.code, "bad_login", "{kind}");
            assert!(refusal.message.contains("key"), "{}", refusal.message);
        }
    }
}

#[test]
fn another_version_of_the_protocol_is_refused_with_ours() {
    let server = Server::start();
    for version in [0_u64, 2, u64::MAX] {
        let mut raw = Raw::connect(server.address());
        raw.send(&json!({"hello": {"protocol": version, "shape": "of the future"}}));
        let answer = raw.answer().unwrap();
        assert_eq!(answer["error"]["code"], "unsupported_protocol", "{version}: {answer}");
        assert!(answer["error"]["message"].as_str().unwrap().contains('1'), "{answer}");
        assert_eq!(raw.read(), None);
    }
}

#[test]
fn a_taken_or_bad_name_is_replaced_with_a_notice() {
    let server = Server::start();
    let named = |name: &str| Raw::hello(server.address(), json!({"name": name})).unwrap();
    let first = named("console-1");
    assert_eq!(first.name(), "console-1");
    assert_eq!(first.welcome["notices"], json!([]));
    for bad in [
        "console-1",
        "Console-1",
        "ab",
        "seventeen-letters",
        "with space",
        "server",
        "a,b",
        "",
    ] {
        let other = named(bad);
        let given = other
            .name()
            .strip_prefix("unnamed_")
            .unwrap_or_else(|| panic!("{bad:?}: {}", other.name()));
        assert_eq!(given.len(), 5, "{bad:?}");
        let notices = other.welcome["notices"].as_array().unwrap();
        assert_eq!(notices.len(), 1, "{bad:?}");
        assert!(notices[0].as_str().unwrap().contains(other.name()), "{notices:?}");
    }
    // Free again when its holder has gone.
    first.hang_up();
    crate::harness::until("the name to be free", || {
        let next = named("console-1");
        (next.name() == "console-1").then_some(())
    });
}

#[test]
fn guests_stay_outside_when_the_house_is_configured_so() {
    let server = Server::with(&[("MOTORPOOL_SERVER__GUESTS", "nobody")]);
    assert_eq!(refused(&server, json!({})).code, "unauthenticated");
    assert!(server.as_user("anna").is_alive());
}

#[test]
fn a_token_brings_back_the_same_client() {
    let mut server = Server::start();
    let hello = json!({"name": "bridge", "login": password("mona", PASSWORD)});
    let first = Raw::hello(server.address(), hello).unwrap();
    let guest = server.guest();
    for restarted in [false, true] {
        if restarted {
            server.restart();
        }
        for old in [&first, &guest] {
            let again = Raw::resume(server.address(), old.token());
            for field in ["client_id", "name", "permissions"] {
                assert_eq!(
                    again.welcome[field], old.welcome[field],
                    "{field}, restarted: {restarted}"
                );
            }
        }
    }
}

#[test]
fn a_resumed_client_does_not_take_the_name_somebody_has_by_now() {
    let server = Server::start();
    let hello = json!({"name": "bridge", "login": password("mona", PASSWORD)});
    let first = Raw::hello(server.address(), hello).unwrap();
    let second = Raw::hello(server.address(), json!({"name": "bridge"})).unwrap();
    assert!(second.name().starts_with("unnamed_"));
    first.hang_up();
    crate::harness::until("the name to be free", || {
        let next = Raw::hello(server.address(), json!({"name": "bridge"})).unwrap();
        let again = Raw::resume(server.address(), second.token());
        assert_eq!(again.name(), second.name(), "never the name it was refused");
        (next.name() == "bridge").then(|| {
            let first = Raw::resume(server.address(), first.token());
            assert!(first.name().starts_with("unnamed_"), "{}", first.name());
            assert_eq!(first.welcome["notices"].as_array().unwrap().len(), 1);
            drop(next);
        })
    });
}

#[test]
fn a_resumed_client_replaces_its_old_connection() {
    let server = Server::start();
    let mut old = server.as_user("anna");
    let mut new = Raw::resume(server.address(), old.token());
    let bye = old.answer().unwrap();
    assert_eq!(bye["bye"]["reason"], "replaced", "{bye}");
    assert_eq!(old.answer(), None);
    assert!(new.is_alive());
    let listed = server.as_user("mona").call("s.clients", json!([])).unwrap();
    let same = listed
        .as_array()
        .unwrap()
        .iter()
        .filter(|client| client["client_id"] == new.client_id());
    assert_eq!(same.count(), 1, "{listed}");
}

#[test]
fn a_second_unit_of_a_car_replaces_the_first() {
    let server = Server::start();
    let mut old = server.unit("amber");
    let mut new = server.unit("amber");
    assert_eq!(old.answer().unwrap()["bye"]["reason"], "replaced");
    assert_eq!(old.answer(), None);
    assert!(new.is_alive());
}

#[test]
fn nobody_keeps_the_name_of_a_car_from_it() {
    let server = Server::start();
    let mut squatter = Raw::hello(server.address(), json!({"name": "birch"})).unwrap();
    assert_eq!(squatter.name(), "birch");
    let mut unit = server.unit("birch");
    assert_eq!(unit.name(), "birch");
    assert!(
        squatter.call("s.whoami", json!([])).unwrap()["name"]
            .as_str()
            .unwrap()
            .starts_with("unnamed_")
    );
    squatter.hang_up();
    let mut mona = server.as_user("mona");
    crate::harness::until("the squatter to be gone", || {
        let listed = mona.call("s.clients", json!([])).unwrap();
        (listed.as_array().unwrap().len() == 2).then_some(())
    });
    let other = Raw::hello(server.address(), json!({"name": "birch"})).unwrap();
    assert!(other.name().starts_with("unnamed_"), "{}", other.name());
    assert_eq!(unit.call("s.whoami", json!([])).unwrap()["name"], "birch");
}

#[test]
fn who_is_shut_out_is_out_at_once_and_their_token_dies() {
    let server = Server::start();
    let mut bert = server.as_user("bert");
    let mut mona = server.as_user("mona");
    mona.call("s.disableuser", json!({"user": "bert"})).unwrap();
    assert_eq!(bert.answer().unwrap()["bye"]["reason"], "signed_out");
    assert_eq!(bert.answer(), None);
    assert_eq!(
        refused(&server, json!({"login": {"resume": bert.token()}})).code,
        "bad_login"
    );
    assert_eq!(
        refused(&server, json!({"login": password("bert", PASSWORD)})).code,
        "bad_login"
    );
}
