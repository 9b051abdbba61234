//! Searching a picture among all: for whom it was given to, and never unseen.

use super::*;

#[test]
fn no_role_may_search_and_who_was_given_it_may() {
    let server = server(&[]);
    Sitting::of(&server, "anna").enrol_self(&OBAMAS).unwrap();
    Sitting::of(&server, "bert")
        .enrol_self(&["biden.jpg", "biden.jpg", "biden.jpg"])
        .unwrap();
    for person in ["anna", "emil", "mona", "ada"] {
        let mut sitting = Sitting::of(&server, person);
        let picture = sitting.show(&["obama.jpg"]).remove(0);
        let refused = sitting.raw.call("s.searchface", json!([picture])).unwrap_err();
        assert_eq!(refused.code, "forbidden", "{person}");
        assert!(refused.message.contains("`face_search`"), "{refused:?}");
    }
    may_search(&server, "mona");
    let mut mona = Sitting::of(&server, "mona");
    let picture = mona.show(&["obama3.jpg"]).remove(0);
    let found = mona.raw.call("s.searchface", json!([picture])).unwrap();
    let names: Vec<&str> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["user"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["anna", "bert"]);
    assert_eq!(
        (&found[0]["matches"], &found[1]["matches"]),
        (&json!(true), &json!(false))
    );
    let picture = mona.show(&["biden.jpg"]).remove(0);
    let found = mona
        .raw
        .call("s.searchface", json!({"picture": picture, "limit": 1}))
        .unwrap();
    assert_eq!(
        (found.as_array().unwrap().len(), &found[0]["user"]),
        (1, &json!("bert"))
    );
    for limit in [0, 21] {
        let args = json!({"picture": picture, "limit": limit});
        assert_eq!(mona.raw.code_of("s.searchface", args), "bad_arguments");
    }
    assert_eq!(
        mona.raw.code_of("s.searchface", json!([picture])),
        "not_found",
        "used up"
    );
    let events = server
        .as_user("ada")
        .call("s.audit", json!({"on_what": "faces"}))
        .unwrap();
    let events: Vec<&Value> = events
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["what"] == "s.searchface")
        .collect();
    assert_eq!(events.len(), 2);
    assert!(
        events[1]["detail"].as_str().unwrap().starts_with("named user:"),
        "{events:?}"
    );
}

#[test]
fn what_is_erased_is_not_found_any_more() {
    let server = server(&[]);
    may_search(&server, "mona");
    let mut mona = Sitting::of(&server, "mona");
    let mut anna = Sitting::of(&server, "anna");
    let search = |mona: &mut Sitting| {
        let picture = mona.show(&["obama.jpg"]).remove(0);
        mona.raw.call("s.searchface", json!([picture])).unwrap()
    };
    assert_eq!(search(&mut mona), json!([]));
    anna.enrol_self(&OBAMAS).unwrap();
    assert_eq!(search(&mut mona)[0]["user"], "anna");
    anna.raw.call("s.eraseface", json!([])).unwrap();
    assert_eq!(search(&mut mona), json!([]));
}

#[test]
fn only_an_admin_gives_the_search_and_to_others_alone() {
    let server = server(&[]);
    // Nobody gives it to themselves, and a manager does not have it to give.
    let own = json!({"user": "ada", "group": ["face_search"]});
    assert_eq!(server.as_user("ada").code_of("s.grant", own), "forbidden");
    let to_emil = json!({"user": "emil", "group": ["face_search"]});
    assert_eq!(server.as_user("mona").code_of("s.grant", to_emil), "forbidden");
    may_search(&server, "mona");
    // Nor as a role, nor does a manager who holds it pass it on or touch somebody who does.
    let as_role = json!({"user": "bert", "role": "face_search"});
    assert_eq!(server.as_user("mona").code_of("s.setrole", as_role), "forbidden");
    let to_emil = json!({"user": "emil", "group": ["face_search"]});
    assert_eq!(server.as_user("mona").code_of("s.grant", to_emil), "forbidden");
    may_search(&server, "emil");
    assert_eq!(
        server.as_user("mona").code_of("s.resetpassword", json!(["emil"])),
        "forbidden"
    );
}
