//! Everything that is held of a person: shown to them and to operators, and ended for good.

use serde_json::{Value, json};

use crate::harness::{PASSWORD, Raw, Server, hour, until};
use crate::places::{HERE, circle, go};

/// All pages, as (table, by) with their rows.
fn exported(raw: &mut Raw, args: &Value) -> Vec<(String, Vec<Value>)> {
    let (mut parts, mut args) = (Vec::new(), args.clone());
    loop {
        let page = raw.call("s.exportperson", args.clone()).unwrap();
        for part in page["tables"].as_array().unwrap() {
            let name = format!("{}.{}", part["table"].as_str().unwrap(), part["by"].as_str().unwrap());
            parts.push((name, part["rows"].as_array().unwrap().clone()));
        }
        match page.get("next") {
            Some(next) => args["after"] = next.clone(),
            None => return parts,
        }
    }
}

fn names(parts: &[(String, Vec<Value>)]) -> Vec<&str> {
    parts.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn people_see_what_is_held_of_them_and_operators_of_those_they_may_manage() {
    let server = Server::start();
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    anna.call("s.book", json!(["amber", hour(1), hour(2)])).unwrap();
    let own = exported(&mut anna, &json!({}));
    for wanted in ["user.id", "session_token.user_id", "booking.user_id", "audit_event.who"] {
        assert!(names(&own).contains(&wanted), "{wanted} in {own:?}");
    }
    assert_eq!(own[0].1[0][1], "anna");
    let text = json!(own).to_string();
    assert!(!text.contains("argon2") && !text.contains("mp_resume"), "no secrets");
    assert_eq!(names(&exported(&mut mona, &json!({"user": "anna"})))[0], "user.id");
    let noted = mona
        .call(
            "s.audit",
            json!({"on_what": format!("user:{}", own[0].1[0][0].as_str().unwrap())}),
        )
        .unwrap();
    assert_eq!(noted[0]["what"], "s.exportperson", "an operator's look is noted");
    assert_eq!(anna.code_of("s.exportperson", json!({"user": "bert"})), "forbidden");
    assert_eq!(mona.code_of("s.exportperson", json!({"user": "ada"})), "forbidden");
    assert_eq!(mona.code_of("s.exportperson", json!({"user": "o'neill"})), "not_found");
    assert_eq!(server.guest().code_of("s.exportperson", json!({})), "unauthenticated");
    for wrong in ["", "1", "x:y", "0:-1", "999:0"] {
        assert_eq!(
            anna.code_of("s.exportperson", json!({"after": wrong})),
            "bad_arguments",
            "{wrong}"
        );
    }
}

#[test]
fn an_erased_person_is_gone_but_for_what_must_stay_under_a_number() {
    let server = Server::start();
    let (mut ada, mut anna) = (server.as_user("ada"), server.as_user("anna"));
    let token = anna.token().to_owned();
    let booking = anna.call("s.book", json!(["amber", hour(1), hour(2)])).unwrap()["booking"].clone();
    assert_eq!(
        ada.code_of("s.eraseperson", json!(["anna", "anna"])),
        "not_now",
        "a live booking"
    );
    anna.call("s.cancel", json!([booking])).unwrap();
    assert_eq!(
        ada.code_of("s.eraseperson", json!(["anna", "bert"])),
        "bad_arguments",
        "said once"
    );
    assert_eq!(
        server.as_user("bert").code_of("s.eraseperson", json!(["anna", "anna"])),
        "forbidden"
    );
    assert_eq!(
        server.as_user("mona").code_of("s.eraseperson", json!(["ada", "ada"])),
        "forbidden"
    );
    let args = json!({"user": "anna", "confirm": "anna", "request_id": "once"});
    let receipt = ada.call("s.eraseperson", args.clone()).unwrap();
    assert_eq!(
        ada.call("s.eraseperson", args).unwrap(),
        receipt,
        "a retry hears the first answer"
    );
    let bye = std::iter::from_fn(|| anna.read()).last().unwrap();
    assert_eq!(bye["bye"]["reason"], "signed_out", "{bye}");
    let fates = receipt["tables"].as_array().unwrap();
    let line = |table: &str| fates.iter().find(|line| line["table"] == table).unwrap();
    assert_eq!(
        (&line("booking")["fate"], &line("booking")["rows"]),
        (&json!("emptied"), &json!(1))
    );
    assert_eq!(line("session_token")["fate"], "deleted");
    assert!(line("audit_event")["why"].as_str().unwrap().contains("number"));
    let user_id = &receipt["user_id"];
    let nobody = receipt["user"].as_str().unwrap();
    assert_eq!(nobody, format!("erased-{user_id}"));
    let users = ada.call("s.users", json!([])).unwrap().to_string();
    assert!(!users.contains("anna"), "{users}");
    for login in [
        json!({"resume": token}),
        json!({"password": {"username": "anna", "password": PASSWORD}}),
    ] {
        assert_eq!(
            Raw::hello(server.address(), json!({"login": login}))
                .err()
                .unwrap()
                .code,
            "bad_login"
        );
    }
    let left = ada.call("s.bookings", json!({"user": nobody})).unwrap();
    assert_eq!(left[0]["booking"], booking, "for accounting");
    let again = json!(["anna", "a long password", "A", "B", "a@example.org"]);
    ada.call("s.adduser", again).expect("the name is free");
}

#[test]
fn people_erase_themselves_with_their_password_and_hear_the_end_of_it() {
    let server = Server::start();
    let mut bert = server.as_user("bert");
    assert_eq!(bert.code_of("s.eraseperson", json!(["bert", "bert"])), "bad_arguments");
    let wrong = json!({"user": "bert", "confirm": "bert", "password": "wrong horse"});
    assert_eq!(bert.code_of("s.eraseperson", wrong), "bad_login");
    let args = json!({"user": "bert", "confirm": "bert", "password": PASSWORD});
    let receipt = bert.call("s.eraseperson", args).unwrap();
    assert!(receipt["user"].as_str().unwrap().starts_with("erased-"));
    assert_eq!(
        bert.code_of("s.bookings", json!([])),
        "forbidden",
        "and may do nothing more"
    );
    let mut rider = server.as_user("rider-03");
    let receipt = rider
        .call("s.eraseperson", json!(["rider-03", "rider-03"]))
        .expect("has no password");
    assert!(receipt.get("face_receipt").is_none());
}

#[test]
fn what_was_on_its_way_when_somebody_was_erased_lands_nowhere() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__PRESENCE_WRITE_MS", "100")]);
    let (mut ada, mut mona) = (server.as_user("ada"), server.as_user("mona"));
    mona.call("s.addbuilding", circle("civil", HERE, 54.0)).unwrap();
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    let place = |raw: &mut Raw| {
        // An event of an inbox is acknowledged, so that the session has a place there.
        loop {
            let event = raw.read().unwrap();
            if event["event"]["name"] == "message" {
                raw.send(&json!({"ack": {"seq": event["event"]["seq"]}}));
                return;
            }
        }
    };
    mona.call("s.send", json!({"body": "hello", "users": ["anna", "bert"]}))
        .unwrap();
    place(&mut anna);
    place(&mut bert);
    go(&mut anna, HERE);
    let receipt = ada.call("s.eraseperson", json!(["anna", "anna"])).unwrap();
    while anna.read().is_some() {}
    // What is said later is written later: when Bert's is, anything of Anna's would be.
    go(&mut bert, HERE);
    bert.hang_up();
    const LATE: [&str; 4] = [
        "presence.user_id",
        "person_position.user_id",
        "movement.user_id",
        "inbox_cursor.user_id",
    ];
    until("what Bert did is written", || {
        let parts = exported(&mut ada, &json!({"user": "bert"}));
        let has_left = parts
            .iter()
            .any(|(name, rows)| name == "presence.user_id" && rows[0][1] == "0");
        (has_left && LATE.iter().all(|table| names(&parts).contains(table))).then_some(())
    });
    let left = exported(&mut ada, &json!({"user": receipt["user"]}));
    for table in LATE
        .iter()
        .chain(&["sign_in_event.user_id", "person_visibility.user_id"])
    {
        assert!(!names(&left).contains(table), "{table}: {left:?}");
    }
    let log = ada.call("s.personlog", json!({"user": receipt["user"]})).unwrap();
    assert_eq!(log["lines"], json!([]));
    let people = ada.call("s.peoplein", json!(["civil"])).unwrap();
    assert_eq!(people["people"].as_array().unwrap().len(), 1, "Bert alone: {people}");
}
