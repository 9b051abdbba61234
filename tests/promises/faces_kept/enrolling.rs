//! Enrolling: good pictures, one person's, with that person's consent, and nobody else's face touched.

use super::*;

#[test]
fn a_person_enrols_and_sees_what_is_kept_without_its_numbers() {
    let server = server(&[]);
    let mut anna = Sitting::of(&server, "anna");
    assert_eq!(anna.raw.call("s.faces", json!([])).unwrap()["templates"], json!([]));
    let enrolled = anna.enrol_self(&OBAMAS).unwrap();
    assert_eq!((templates(&enrolled).len(), &enrolled["user"]), (3, &json!("anna")));
    let listed = anna.raw.call("s.faces", json!([])).unwrap();
    assert_eq!(templates(&listed), templates(&enrolled));
    assert_eq!(listed["consent"]["version"], anna.version());
    assert_eq!(listed["consent"]["proof"], json!("password"));
    let first = &listed["templates"][0];
    assert!(
        first["sharpness"].as_f64().unwrap() > 12.0 && first["face_pixels"].as_i64().unwrap() > 50,
        "{first}"
    );
    assert!(!listed.to_string().contains("numbers"));
    // More of them: what was there stays.
    let more = anna.enrol_self(&OBAMAS).unwrap();
    let all = anna.raw.call("s.faces", json!([])).unwrap();
    assert_eq!(templates(&all), [templates(&enrolled), templates(&more)].concat());
    // Operators may look, others may not.
    let listed = server.as_user("mona").call("s.faces", json!(["anna"])).unwrap();
    assert_eq!(templates(&listed).len(), 6);
    assert_eq!(server.as_user("bert").code_of("s.faces", json!(["anna"])), "forbidden");
    assert_eq!(server.guest().code_of("s.faces", json!([])), "unauthenticated");
}

#[test]
fn each_picture_that_cannot_be_used_is_explained() {
    let server = server(&[]);
    let mut anna = Sitting::of(&server, "anna");
    let refused = anna
        .enrol_self(&["obama.jpg", "obama_partial_face.jpg", "32bit.png"])
        .unwrap_err();
    assert_eq!(refused.code, "bad_arguments");
    let pictures = refused.detail["pictures"].as_array().unwrap();
    assert!(!pictures.is_empty(), "{refused:?}");
    for picture in pictures {
        assert!(picture["picture"].as_str().unwrap().starts_with("p-"), "{picture}");
        assert!(
            picture["reason"].is_string() && picture["message"].as_str().unwrap().len() > 10,
            "{picture}"
        );
    }
    let refused = anna.enrol_self(&["obama.jpg", "obama2.jpg", "biden.jpg"]).unwrap_err();
    assert_eq!(
        (&*refused.code, &refused.detail["reason"]),
        ("bad_arguments", &json!("not_alike"))
    );
    // What is kept is one person's too.
    anna.enrol_self(&OBAMAS).unwrap();
    let refused = anna.enrol_self(&["biden.jpg", "biden.jpg", "biden.jpg"]).unwrap_err();
    assert_eq!(refused.detail["reason"], "not_alike", "{refused:?}");
    assert!(refused.message.contains("what is kept"), "{refused:?}");
    assert_eq!(templates(&anna.raw.call("s.faces", json!([])).unwrap()).len(), 3);
    // Somebody else may look like whoever they like: nobody is compared with others.
    Sitting::of(&server, "bert").enrol_self(&OBAMAS).unwrap();
}

#[test]
fn fewer_than_three_pictures_and_more_than_ten_are_refused_before_anything_is_used_up() {
    let server = server(&[]);
    let mut anna = Sitting::of(&server, "anna");
    let version = anna.version();
    let ids = anna.show(&OBAMAS);
    for ids in [ids[..2].to_vec(), vec![ids[0].clone(); 11]] {
        let args = json!({"pictures": ids, "consent": version, "password": PASSWORD});
        assert_eq!(anna.raw.code_of("s.enrollface", args), "bad_arguments");
    }
    let unproven = json!({"pictures": ids, "consent": version});
    assert_eq!(anna.raw.code_of("s.enrollface", unproven), "bad_arguments");
    let wrong = json!({"pictures": ids, "consent": version, "password": "wrong horse"});
    assert_eq!(anna.raw.code_of("s.enrollface", wrong), "bad_login");
    let old = json!({"pictures": ids, "consent": "0123456789ab", "password": PASSWORD});
    let refused = anna.raw.call("s.enrollface", old).unwrap_err();
    assert!(refused.message.contains(version.as_str().unwrap()), "{refused:?}");
    let right = json!({"pictures": ids, "consent": version, "password": PASSWORD});
    anna.raw.call("s.enrollface", right).unwrap();
}

#[test]
fn an_operator_enrols_nobody_without_that_persons_consent() {
    let server = server(&[]);
    let mut mona = Sitting::of(&server, "mona");
    let version = mona.version();
    let without = mona.enrol(&OBAMAS, json!({"user": "anna"})).unwrap_err();
    assert_eq!(without.code, "forbidden");
    // An operator's word, or own password, is not the person's.
    let claimed = mona
        .enrol(&OBAMAS, json!({"user": "anna", "consent": version}))
        .unwrap_err();
    assert_eq!(claimed.code, "forbidden");
    let guessed = json!({"user": "anna", "consent": version, "password": "a manager's one"});
    assert_eq!(mona.enrol(&OBAMAS, guessed).unwrap_err().code, "bad_login");
    let mut anna = server.as_user("anna");
    let agreed = json!({"consent": version, "password": PASSWORD});
    anna.call("s.giveconsent", agreed).unwrap();
    let enrolled = mona.enrol(&OBAMAS, json!({"user": "anna"})).unwrap();
    assert_eq!((&enrolled["user"], templates(&enrolled).len()), (&json!("anna"), 3));
    // Taken back is taken back.
    anna.call("s.eraseface", json!([])).unwrap();
    assert_eq!(
        mona.enrol(&OBAMAS, json!({"user": "anna"})).unwrap_err().code,
        "forbidden"
    );
    // At the desk, with the person's own password.
    let at_desk = json!({"user": "anna", "consent": version, "password": PASSWORD});
    mona.enrol(&OBAMAS, at_desk).unwrap();
    // Others are no operators, and a manager does not touch an admin.
    let agreed = json!({"user": "anna", "consent": version, "password": PASSWORD});
    assert_eq!(
        Sitting::of(&server, "bert").enrol(&OBAMAS, agreed).unwrap_err().code,
        "forbidden"
    );
    let admin = json!({"user": "ada", "consent": version, "password": PASSWORD});
    assert_eq!(mona.enrol(&OBAMAS, admin).unwrap_err().code, "forbidden");
}

#[test]
fn a_text_of_the_operators_is_what_is_agreed_to() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("consent.txt");
    std::fs::write(&file, "Keep my face, for the bakery's vans.\n").unwrap();
    let path = file.display().to_string();
    let mut server = server(&[("MOTORPOOL_FACE__CONSENT_TEXT", &path)]);
    let mut anna = Sitting::of(&server, "anna");
    let shown = anna.raw.call("s.faceconsent", json!([])).unwrap();
    assert_eq!(shown["text"], "Keep my face, for the bakery's vans.");
    assert_eq!(shown["given"], Value::Null);
    let agreed = json!({"consent": shown["version"], "password": PASSWORD});
    anna.raw.call("s.giveconsent", agreed.clone()).unwrap();
    // A new text is a new version: what was agreed to before is not enough for more.
    std::fs::write(&file, "Keep my face, and sell it.\n").unwrap();
    server.restart();
    let mut anna = Sitting::of(&server, "anna");
    assert_eq!(anna.raw.code_of("s.giveconsent", agreed), "bad_arguments");
    let mut mona = Sitting::of(&server, "mona");
    assert_eq!(
        mona.enrol(&OBAMAS, json!({"user": "anna"})).unwrap_err().code,
        "forbidden"
    );
    std::fs::remove_file(&file).unwrap();
    server.restart();
    assert_eq!(
        server.as_user("anna").code_of("s.faceconsent", json!([])),
        "unavailable"
    );
}

#[test]
fn a_retry_hears_the_first_answer_and_adds_nothing() {
    let server = server(&[]);
    let mut anna = Sitting::of(&server, "anna");
    let version = anna.version();
    let ids = anna.show(&OBAMAS);
    let args = json!({"pictures": ids, "consent": version, "password": PASSWORD, "request_id": "once"});
    let first = anna.raw.call("s.enrollface", args.clone()).unwrap();
    assert_eq!(anna.raw.call("s.enrollface", args.clone()).unwrap(), first);
    let mut again = server.as_user("anna");
    assert_eq!(again.call("s.enrollface", args).unwrap(), first);
    assert_eq!(templates(&again.call("s.faces", json!([])).unwrap()).len(), 3);
}
