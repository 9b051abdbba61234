//! Taking one's face along, and having it erased.

use super::*;

#[test]
fn a_person_takes_everything_along_and_nobody_else_does() {
    let server = server(&[]);
    let mut anna = Sitting::of(&server, "anna");
    anna.enrol_self(&OBAMAS).unwrap();
    let export = anna.raw.call("s.exportface", json!([])).unwrap();
    assert_eq!(
        (export["templates"].as_array().unwrap().len(), &export["user"]),
        (3, &json!("anna"))
    );
    for template in export["templates"].as_array().unwrap() {
        let numbers = template["numbers"].as_array().unwrap();
        assert_eq!(numbers.len(), 128);
        let length: f64 = numbers.iter().map(|one| one.as_f64().unwrap().powi(2)).sum();
        assert!(length > 0.5 && length < 4.0, "a face: {length}");
    }
    assert!(export["texts"][0]["text"].as_str().unwrap().contains("128 numbers"));
    assert_eq!(export["consents"][0]["version"], export["texts"][0]["version"]);
    // An operator cannot ask for anybody else's; their own is empty.
    let mut mona = server.as_user("mona");
    assert_eq!(mona.code_of("s.exportface", json!(["anna"])), "bad_arguments");
    assert_eq!(mona.call("s.exportface", json!([])).unwrap()["templates"], json!([]));
    let filter = json!({"on_what": format!("user:{}", export["user_id"])});
    let events = server.as_user("ada").call("s.audit", filter).unwrap();
    assert!(
        events
            .as_array()
            .unwrap()
            .iter()
            .any(|event| event["what"] == "s.exportface")
    );
}

#[test]
fn erasing_gives_a_receipt_that_stays() {
    let mut server = server(&[]);
    let mut anna = Sitting::of(&server, "anna");
    let enrolled = anna.enrol_self(&OBAMAS).unwrap();
    let one = json!({"template": templates(&enrolled)[1]});
    let first = anna.raw.call("s.eraseface", one.clone()).unwrap();
    assert_eq!(
        (&first["templates"], &first["user_id"]),
        (&json!(1), &enrolled["user_id"])
    );
    assert!(
        first["key_destroyed_at"].is_string() && first["key_fingerprint"].is_string(),
        "{first}"
    );
    assert_eq!(anna.raw.code_of("s.eraseface", one), "not_found");
    let left = anna.raw.call("s.faces", json!([])).unwrap();
    assert_eq!(templates(&left), [templates(&enrolled)[0], templates(&enrolled)[2]]);
    assert!(left["consent"].is_object());
    let args = json!({"request_id": "erase"});
    let rest = anna.raw.call("s.eraseface", args.clone()).unwrap();
    assert_eq!(rest["templates"], 2);
    let left = anna.raw.call("s.faces", json!([])).unwrap();
    assert_eq!((&left["templates"], &left["consent"]), (&json!([]), &Value::Null));
    server.restart();
    let mut anna = server.as_user("anna");
    assert_eq!(
        anna.call("s.eraseface", args).unwrap(),
        rest,
        "a retry hears the first receipt"
    );
    assert_eq!(anna.code_of("s.eraseface", json!([])), "not_found");
    let receipts = anna.call("s.facereceipts", json!([])).unwrap();
    assert_eq!(receipts, json!([rest, first]));
    assert_eq!(
        server.as_user("mona").call("s.facereceipts", json!(["anna"])).unwrap(),
        receipts
    );
    assert_eq!(
        server.as_user("bert").code_of("s.facereceipts", json!(["anna"])),
        "forbidden"
    );
}

#[test]
fn operators_erase_for_others_and_others_do_not() {
    let server = server(&[]);
    Sitting::of(&server, "anna").enrol_self(&OBAMAS).unwrap();
    assert_eq!(
        server.as_user("bert").code_of("s.eraseface", json!({"user": "anna"})),
        "forbidden"
    );
    let receipt = server
        .as_user("mona")
        .call("s.eraseface", json!({"user": "anna"}))
        .unwrap();
    assert!(receipt["erased_by"].as_str().unwrap().starts_with("user:"), "{receipt}");
    assert_eq!(
        templates(&server.as_user("anna").call("s.faces", json!([])).unwrap()).len(),
        0
    );
}

#[test]
fn an_old_backup_does_not_bring_an_erased_face_back() {
    let mut server = server(&[]);
    let mut anna = Sitting::of(&server, "anna");
    anna.enrol_self(&OBAMAS).unwrap();
    let mut bert = Sitting::of(&server, "bert");
    bert.enrol_self(&["biden.jpg", "biden.jpg", "biden.jpg"]).unwrap();
    let wrote = server.as_user("ada").call("s.runservice", json!(["backup"])).unwrap();
    assert!(wrote.to_string().contains("checked"), "{wrote}");
    anna.raw.call("s.eraseface", json!([])).unwrap();
    server.terminate();
    assert!(server.ended().success());
    let backups = std::fs::read_dir(server.folder().join("backups")).unwrap();
    let copy = backups.map(|entry| entry.unwrap().path()).next().unwrap();
    for end in ["", "-wal", "-shm"] {
        drop(std::fs::remove_file(server.folder().join(format!("motorpool.db{end}"))));
    }
    std::fs::copy(copy, server.folder().join("motorpool.db")).unwrap();
    server.start_again();
    let listed = server.as_user("mona").call("s.faces", json!(["anna"])).unwrap();
    assert_eq!((&listed["templates"], &listed["unreadable"]), (&json!([]), &json!(3)));
    let export = server.as_user("anna").call("s.exportface", json!([])).unwrap();
    assert_eq!((&export["templates"], &export["unreadable"]), (&json!([]), &json!(3)));
    let bert = server.as_user("bert").call("s.faces", json!([])).unwrap();
    assert_eq!(templates(&bert).len(), 3);
}

#[test]
fn what_was_enrolled_lately_stays_when_retention_comes_round() {
    let server = server(&[]);
    Sitting::of(&server, "anna").enrol_self(&OBAMAS).unwrap();
    let mut ada = server.as_user("ada");
    ada.call("s.runservice", json!(["face-retention"])).unwrap();
    assert_eq!(templates(&ada.call("s.faces", json!(["anna"])).unwrap()).len(), 3);
}
