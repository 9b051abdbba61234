//! The rider: opens by face and PIN, and nobody does in the rider's place.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use motorpool::account::store::user_by_name;
use motorpool::config::FaceConfig;
use motorpool::face::vault::{Consent, Proof, Vault, VaultSettings};
use motorpool::face::{Analyser, AnalyserOptions, Embedding};
use motorpool::runtime::clock;
use motorpool::store::change::Change;
use motorpool::store::{DatabaseUrl, Store, StoreOptions};
use serde_json::{Value, json};

use super::{Door, PIN, book_now, code_and_reason, does, is, server, set_pin};
use crate::harness::faces::{BIDEN, OBAMA, Posture, models, original};
use crate::harness::{PASSWORD, Server, metric};

/// What the worker makes of pictures of one person, made once.
pub(super) fn templates() -> &'static [Embedding] {
    static MADE: OnceLock<Vec<Embedding>> = OnceLock::new();
    MADE.get_or_init(|| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let analyser = Analyser::new(AnalyserOptions {
                enabled: true,
                program: Some(PathBuf::from(env!("CARGO_BIN_EXE_motorpool"))),
                models: vec![models()],
                threads: 1,
                queue: 16,
                deadline: Duration::from_secs(20),
                memory_bytes: 1 << 30,
                pixels: 25_000_000,
                nice: 0,
            });
            let mut made = Vec::new();
            for file in ["obama.jpg", "obama2.jpg", "obama3.jpg"] {
                let analysis = analyser.analyse(original(file).into()).await.unwrap();
                made.push(analysis.faces[0].embedding.clone().unwrap());
            }
            made
        })
    })
}

/// Keeps templates of a person while the server is down.
pub(super) fn enrol(server: &mut Server, person: &str) {
    server.terminate();
    assert!(server.ended().success());
    let url = DatabaseUrl::sqlite(server.folder().join("motorpool.db"));
    let store = Store::open(&url, StoreOptions::default()).unwrap();
    let name = person.to_owned();
    let user = store
        .read_blocking(move |conn| user_by_name(conn, &name))
        .unwrap()
        .unwrap();
    let vault = Vault::new(
        store.clone(),
        VaultSettings::of(&FaceConfig::default(), &server.folder()),
    );
    let consent = Consent::Given {
        version: "1".to_owned(),
        text: "yes".to_owned(),
        proof: Proof::Password,
    };
    let change = Change {
        // A template from long ago would be erased by the retention.
        at: clock::now(),
        who: "test".to_owned(),
        what: "enrol".to_owned(),
        request: None,
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let enrolled = runtime.block_on(vault.enrol(user.id, templates().to_vec(), consent, change, Box::new(|_| None)));
    assert_eq!(enrolled.unwrap().len(), 3);
    drop(vault);
    store.close();
    server.start_again();
}

/// A server where anna has templates, a PIN and a booking of amber.
pub(super) fn ready(more: &[(&str, &str)]) -> (Server, Door, Value) {
    let mut server = server(more);
    enrol(&mut server, "anna");
    set_pin(&server, "anna");
    let booking = book_now(&server, "anna", "amber");
    let door = Door::of(&server, "amber");
    (server, door, booking)
}

#[test]
fn the_car_opens_for_its_rider_by_face_and_pin() {
    let (server, mut door, booking) = ready(&[]);
    let opened = door.try_with(|challenge| does(OBAMA, challenge, 0)).unwrap();
    let got = (&opened["user"], &opened["booking"], &opened["state"]);
    assert_eq!(got, (&json!("anna"), &booking, &json!("done")));
    assert_eq!(door.car.told()[0]["args"]["booking"], booking);
    let listed = server
        .as_user("anna")
        .call("s.bookings", json!({"state": "ongoing"}))
        .unwrap();
    assert_eq!(listed[0]["booking"], booking);
    // Who it was is in the audit log, and nowhere in the log.
    let events = server
        .as_user("ada")
        .call("s.audit", json!({"on_what": format!("user:{}", opened["user_id"])}))
        .unwrap();
    let recognised = events
        .as_array()
        .unwrap()
        .iter()
        .find(|event| event["result"] == "recognised");
    assert_eq!(recognised.unwrap()["what"], "s.unlockface", "{events}");
    assert!((metric(server.http(), "motorpool_face_unlocks_total", &["matched"]) - 1.0).abs() < 0.5);
}

#[test]
fn nobody_else_opens_it_and_the_rider_opens_no_other() {
    let (server, mut door, _) = ready(&[]);
    let stranger = door.try_with(|challenge| does(BIDEN, challenge, 0));
    assert_eq!(code_and_reason(stranger), is("bad_login", "no_match"));
    let mut birch = Door::of(&server, "birch");
    let elsewhere = birch.try_with(|challenge| does(OBAMA, challenge, 10));
    assert_eq!(code_and_reason(elsewhere), is("bad_login", "no_match"));
    // Somebody who has the car and enrolled no face.
    book_now(&server, "bert", "birch");
    let not_enrolled = birch.try_with(|challenge| does(OBAMA, challenge, 20));
    assert_eq!(code_and_reason(not_enrolled), is("bad_login", "no_match"));
    assert!(door.car.told().is_empty() && birch.car.told().is_empty());
}

#[test]
fn a_wrong_pin_opens_nothing_and_five_lock_the_pin_but_not_the_password() {
    let (_server, mut door, _) = ready(&[]);
    let with_pin = |door: &mut Door, pin: &str, shifted: u32| {
        let challenge = door.challenge();
        let ids = door.show(&does(OBAMA, &challenge, shifted));
        let args = json!({"challenge": challenge["challenge"], "pictures": ids, "pin": pin});
        door.car.call("s.unlockface", args)
    };
    for shifted in 0..5 {
        let refused = with_pin(&mut door, "0000", 9 * shifted);
        assert_eq!(code_and_reason(refused), is("bad_login", "bad_pin"));
    }
    let refused = with_pin(&mut door, PIN, 50).unwrap_err();
    assert_eq!(
        (&*refused.code, &refused.detail["reason"]),
        ("locked_out", &json!("pin_locked_out"))
    );
    assert!(refused.detail["retry_at"].is_string());
    assert!(door.car.told().is_empty());
    let password = json!({"username": "anna", "password": PASSWORD});
    assert_eq!(door.car.call("s.unlockwith", password).unwrap()["state"], "done");
}

#[test]
fn a_retry_hears_the_first_answer_and_opens_nothing_twice() {
    let (_server, mut door, _) = ready(&[]);
    let challenge = door.challenge();
    let ids = door.show(&does(OBAMA, &challenge, 0));
    let args = json!({"challenge": challenge["challenge"], "pictures": ids, "pin": PIN, "request_id": "once"});
    let first = door.car.call("s.unlockface", args.clone()).unwrap();
    assert_eq!(door.car.call("s.unlockface", args).unwrap(), first);
    assert_eq!(door.car.told().len(), 1);
}

#[test]
fn a_booking_that_was_given_up_opens_nothing() {
    let (server, mut door, booking) = ready(&[]);
    let challenge = door.challenge();
    let ids = door.show(&does(OBAMA, &challenge, 0));
    server
        .as_user("anna")
        .call("s.cancel", json!({"booking": booking}))
        .unwrap();
    assert_eq!(door.refused(&challenge, &ids), is("bad_login", "no_match"));
    assert!(door.car.told().is_empty());
}

#[test]
fn where_no_pin_is_wanted_the_face_is_enough_and_a_wrong_pin_still_counts() {
    let (_server, mut door, _) = ready(&[("MOTORPOOL_FACE__PIN", "false")]);
    let challenge = door.challenge();
    assert_eq!(challenge["pin"], json!(false));
    let ids = door.show(&does(OBAMA, &challenge, 0));
    let wrong = json!({"challenge": challenge["challenge"], "pictures": ids, "pin": "0000"});
    assert_eq!(
        code_and_reason(door.car.call("s.unlockface", wrong)),
        is("bad_login", "bad_pin")
    );
    let challenge = door.challenge();
    let ids = door.show(&does(OBAMA, &challenge, 20));
    let none = json!({"challenge": challenge["challenge"], "pictures": ids});
    assert_eq!(door.car.call("s.unlockface", none).unwrap()["state"], "done");
}

#[test]
fn a_trusted_unit_opens_with_an_embedding_and_the_pin_only() {
    let (server, mut door, _) = ready(&[("MOTORPOOL_FACE__PIN", "false")]);
    let floats = templates()[0].floats().to_vec();
    let try_with = |door: &mut Door, pin: Option<&str>| {
        let challenge = door.challenge();
        let args = json!({"challenge": challenge["challenge"], "embedding": floats, "pin": pin});
        door.car.call("s.unlockface", args)
    };
    assert_eq!(
        code_and_reason(try_with(&mut door, Some(PIN))),
        is("forbidden", "untrusted")
    );
    server.as_user("mona").call("s.trustunit", json!(["amber"])).unwrap();
    assert_eq!(
        code_and_reason(try_with(&mut door, None)),
        is("bad_arguments", "pin_wanted")
    );
    assert_eq!(
        code_and_reason(try_with(&mut door, Some("0000"))),
        is("bad_login", "bad_pin")
    );
    assert_eq!(try_with(&mut door, Some(PIN)).unwrap()["user"], json!("anna"));
}

#[test]
fn what_the_rider_showed_opens_nothing_when_it_is_shown_again() {
    let (_server, mut door, _) = ready(&[]);
    let challenge = door.challenge();
    let recorded = does(OBAMA, &challenge, 0);
    let ids = door.show(&recorded);
    door.unlock(&challenge, &ids).unwrap();
    let next = door.challenge();
    let wanted = next["steps"].as_array().unwrap().len();
    let mut again = recorded.clone();
    again.resize_with(wanted.max(3), || OBAMA.frame(Posture::default()));
    let ids = door.show(&again);
    assert_eq!(door.refused(&next, &ids), is("bad_login", "repeated"));
    assert_eq!(door.car.told().len(), 1);
}
