//! Places over real sockets: where people are, who sees whom, buildings, and what is refused.

use serde_json::{Value, json};

use crate::harness::{Raw, Server, in_seconds, metric, until};

/// A corner of the campus.
pub(crate) const HERE: (f64, f64) = (38.737_442_7, -9.140_138_7);

pub(crate) fn go(raw: &mut Raw, (latitude, longitude): (f64, f64)) -> Value {
    raw.call("s.move", json!([latitude, longitude])).unwrap()
}

/// So many metres to the north.
pub(crate) fn north(metres: f64) -> (f64, f64) {
    (HERE.0 + metres / 111_195.08, HERE.1)
}

fn names(answer: &Value) -> Vec<&str> {
    let people = answer["people"].as_array().unwrap();
    people.iter().map(|person| person["user"].as_str().unwrap()).collect()
}

fn near(raw: &mut Raw, radius_m: f64) -> Value {
    raw.call("s.peoplenear", json!({"radius_m": radius_m})).unwrap()
}

pub(crate) fn circle(id: &str, (latitude, longitude): (f64, f64), radius_m: f64) -> Value {
    json!({"building": id, "name": format!("{id}'s name"), "latitude": latitude, "longitude": longitude, "radius_m": radius_m})
}

#[test]
fn people_learn_their_building_and_see_who_is_in_it_and_who_is_near() {
    let server = Server::start();
    let (mut mona, mut anna, mut bert) = (server.as_user("mona"), server.as_user("anna"), server.as_user("bert"));
    assert_eq!(go(&mut anna, HERE), json!({"building": null, "name": null}));
    assert_eq!(names(&anna.call("s.peoplehere", json!([])).unwrap()), [""; 0]);
    mona.call("s.addbuilding", circle("civil", HERE, 54.0)).unwrap();
    // Who was there already is inside when it is answered.
    assert_eq!(anna.call("s.whereis", json!([])).unwrap()["building"], "civil");
    assert_eq!(
        go(&mut bert, north(45.0)),
        json!({"building": "civil", "name": "civil's name"})
    );
    let here = anna.call("s.peoplehere", json!({"positions": true})).unwrap();
    assert_eq!(names(&here), ["bert"]);
    assert_eq!(here["people"][0]["distance_m"], 45.0);
    assert!((here["people"][0]["latitude"].as_f64().unwrap() - north(45.0).0).abs() < 1e-9);
    assert_eq!(names(&near(&mut anna, 40.0)), [""; 0]);
    assert_eq!(names(&near(&mut anna, 50.0)), ["bert"]);
    // A range of one's own.
    assert_eq!(names(&anna.call("s.peoplenear", json!([])).unwrap()), ["bert"]);
    assert_eq!(anna.call("s.setrange", json!([44])).unwrap(), json!({"range_m": 44.0}));
    assert_eq!(names(&anna.call("s.peoplenear", json!([])).unwrap()), [""; 0]);
    // Out of the door and far away.
    assert_eq!(go(&mut bert, north(500.0))["building"], Value::Null);
    assert_eq!(names(&anna.call("s.peoplehere", json!([])).unwrap()), [""; 0]);
    assert_eq!(names(&near(&mut anna, 10_000.0)), [""; 0]);
    mona.call("s.removebuilding", json!(["civil"])).unwrap();
    assert_eq!(anna.call("s.whereis", json!([])).unwrap().get("building"), None);
    assert_eq!(mona.code_of("s.removebuilding", json!(["civil"])), "not_found");
}

#[test]
fn each_person_decides_who_sees_them_how_well_and_until_when() {
    let server = Server::start();
    let (mut mona, mut anna, mut bert) = (server.as_user("mona"), server.as_user("anna"), server.as_user("bert"));
    mona.call("s.addbuilding", circle("civil", HERE, 54.0)).unwrap();
    go(&mut anna, HERE);
    go(&mut bert, north(20.0));
    let seen = |anna: &mut Raw| {
        let here = names(&anna.call("s.peoplehere", json!([])).unwrap()) == ["bert"];
        (here, names(&near(anna, 1_000.0)) == ["bert"])
    };
    assert_eq!(seen(&mut anna), (true, true));
    let now = bert.call("s.visibility", json!([])).unwrap();
    assert_eq!(now, json!({"now": {"to": "near", "people": []}, "range_m": 50.0}));
    for (choice, wanted) in [
        (json!(["nobody"]), (false, false)),
        (json!(["same_building"]), (true, true)),
        (json!({"to": "nobody", "people": ["mona"]}), (false, false)),
        (json!({"to": "nobody", "people": ["mona", "anna"]}), (true, true)),
        (json!(["within_range"]), (true, true)),
    ] {
        bert.call("s.setvisibility", choice.clone()).unwrap();
        assert_eq!(seen(&mut anna), wanted, "{choice}");
    }
    // Within Bert's range no more, and in no building.
    go(&mut bert, north(60.0));
    assert_eq!(seen(&mut anna), (false, false));
    let until = in_seconds(3_600);
    let blurred = json!({"to": "nobody", "until": until, "blur_m": 500, "people": ["anna"]});
    let chosen = bert.call("s.setvisibility", blurred).unwrap();
    assert_eq!(
        chosen["now"],
        json!({"to": "nobody", "people": ["anna"], "blur_m": 500})
    );
    assert_eq!(chosen["afterwards"], json!({"to": "within_range", "people": []}));
    assert_eq!(chosen["until"].as_str(), Some(until.as_str()));
    let shown = |anna: &mut Raw| {
        let answer = anna
            .call("s.peoplenear", json!({"radius_m": 2_000, "positions": true}))
            .unwrap();
        assert_eq!(names(&answer), ["bert"]);
        assert_eq!(answer["people"][0]["blur_m"], 500);
        (
            answer["people"][0]["latitude"].clone(),
            answer["people"][0]["longitude"].clone(),
        )
    };
    let first = shown(&mut anna);
    assert_ne!(first.0, json!(north(60.0).0));
    go(&mut bert, north(61.0));
    assert_eq!(shown(&mut anna), first, "averaging tells nothing");
}

#[test]
fn a_choice_ends_when_its_time_is_over() {
    let server = Server::start();
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    go(&mut anna, HERE);
    go(&mut bert, HERE);
    let hidden = json!({"to": "nobody", "until": in_seconds(2)});
    bert.call("s.setvisibility", hidden).unwrap();
    assert_eq!(names(&near(&mut anna, 100.0)), [""; 0]);
    until("the choice to end", || {
        (names(&near(&mut anna, 100.0)) == ["bert"]).then_some(())
    });
    assert_eq!(bert.call("s.visibility", json!([])).unwrap().get("until"), None);
}

#[test]
fn what_is_no_position_no_range_and_no_choice_is_refused_by_name() {
    let server = Server::start();
    let mut anna = server.as_user("anna");
    let max = 50_000.0;
    for (command, args, named) in [
        ("s.move", json!([90.1, 0]), "latitude"),
        ("s.move", json!([-90.1, 0]), "latitude"),
        ("s.move", json!([0, 180.1]), "longitude"),
        ("s.move", json!(["38.7", -9.1]), "latitude"),
        ("s.move", json!([38.7]), "longitude"),
        ("s.move", json!([38.7, -9.1, -1]), "accuracy_m"),
        ("s.move", json!([null, null]), "latitude"),
        ("s.setrange", json!([0]), "radius_m"),
        ("s.setrange", json!([-5]), "radius_m"),
        ("s.setrange", json!([max + 1.0]), "radius_m"),
        ("s.setrange", json!(["fifty"]), "radius_m"),
        ("s.peoplenear", json!({"radius_m": -1}), "radius_m"),
        ("s.peoplenear", json!({"radius_m": max + 0.1}), "radius_m"),
        ("s.peoplenear", json!({"latitude": 1}), "longitude"),
        ("s.peoplenear", json!({"after": "page 2"}), "after"),
        ("s.peoplehere", json!({"after": "page 2"}), "after"),
        ("s.setvisibility", json!(["everybody"]), "everybody"),
        ("s.setvisibility", json!({"to": "near", "blur_m": 99}), "blur_m"),
        ("s.setvisibility", json!({"to": "near", "blur_m": 10_001}), "blur_m"),
        ("s.setvisibility", json!({"to": "near", "until": "tomorrow"}), "until"),
        (
            "s.setvisibility",
            json!({"to": "near", "until": in_seconds(-1)}),
            "until",
        ),
        (
            "s.setvisibility",
            json!({"to": "near", "people": vec!["bert"; 101]}),
            "people",
        ),
    ] {
        let refused = anna.call(command, args.clone()).unwrap_err();
        assert_eq!(refused.code, "bad_arguments", "{command} {args}: {}", refused.message);
        assert!(refused.message.contains(named), "{command} {args}: {}", refused.message);
    }
    anna.call("s.setrange", json!([max])).unwrap();
    anna.call(
        "s.setvisibility",
        json!({"to": "near", "blur_m": 100, "people": vec!["bert"; 100]}),
    )
    .unwrap();
    let unknown = json!({"to": "near", "people": ["bert", "o'brien"]});
    let refused = anna.call("s.setvisibility", unknown).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.message.contains("o'brien")),
        ("not_found", true)
    );
    // JSON has no such number: {"call": {"id": 77, "command": "s.move", "args": [NaN, 0]}} by hand.
    let mut item = b"\xa1\x64call\xa3\x62id\x18\x4d\x67command\x66s.move\x64args\x82\xf9\x7e\x00\x00".to_vec();
    let mut frame = u32::try_from(item.len()).unwrap().to_be_bytes().to_vec();
    frame.append(&mut item);
    anna.send_bytes(&frame);
    let refused = anna.result(77).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.message.contains("latitude")),
        ("bad_arguments", true),
        "{}",
        refused.message
    );
}

#[test]
fn buildings_are_for_operators_and_their_texts_and_shapes_have_bounds() {
    let server = Server::start();
    let (mut mona, mut anna) = (server.as_user("mona"), server.as_user("anna"));
    assert_eq!(anna.code_of("s.addbuilding", circle("x", HERE, 10.0)), "forbidden");
    assert_eq!(anna.code_of("s.removebuilding", json!(["x"])), "forbidden");
    assert_eq!(anna.code_of("s.peoplein", json!(["x"])), "forbidden");
    let named = |id: &str, name: &str| json!({"building": id, "name": name, "latitude": HERE.0, "longitude": HERE.1, "radius_m": 10});
    for (args, good) in [
        (named(&"b".repeat(50), &"n".repeat(100)), true),
        (named(&"b".repeat(51), "n"), false),
        (named("b", &"n".repeat(101)), false),
        (named("", "n"), false),
        (named("o'neill", "Robert'); DROP TABLE building;--"), true),
        (circle("c", HERE, 0.0), false),
        (circle("c", HERE, -3.0), false),
        (circle("c", (91.0, 0.0), 3.0), false),
        (
            json!({"building": "c", "name": "c", "latitude": 1, "longitude": 1}),
            false,
        ),
        (
            json!({"building": "c", "name": "c", "rings": [[[0, 0], [1, 1]]]}),
            false,
        ),
        (
            json!({"building": "c", "name": "c", "rings": [[[0, 0], [0.1, 0], [0.1, 0.1]]], "radius_m": 5}),
            false,
        ),
    ] {
        match mona.call("s.addbuilding", args.clone()) {
            Ok(_) => assert!(good, "{args}"),
            Err(refused) => assert_eq!((refused.code.as_str(), good), ("bad_arguments", false), "{args}"),
        }
    }
    let again = mona.call("s.addbuilding", named("o'neill", "O'Neill")).unwrap();
    assert_eq!(again, json!({"building": "o'neill", "is_new": false}));
    let listed = anna.call("s.buildings", json!([])).unwrap();
    let ids: Vec<&str> = listed["buildings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["building"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["b".repeat(50).as_str(), "o'neill"]);
    assert_eq!(listed["buildings"][1]["name"], "O'Neill");
}

#[test]
fn a_polygon_with_a_hole_is_a_building_and_its_hole_is_none() {
    let server = Server::start();
    let (mut mona, mut anna) = (server.as_user("mona"), server.as_user("anna"));
    let (north_edge, south_edge) = (north(100.0).0, north(-100.0).0);
    let (west, east) = (HERE.1 - 0.001, HERE.1 + 0.001);
    let ring = json!([
        [west, south_edge],
        [east, south_edge],
        [east, north_edge],
        [west, north_edge],
        [west, south_edge]
    ]);
    let (low, high) = (north(10.0).0, north(30.0).0);
    let hole = json!([
        [west / 2.0 + east / 2.0 - 0.000_1, low],
        [HERE.1 + 0.000_1, low],
        [HERE.1, high]
    ]);
    mona.call(
        "s.addbuilding",
        json!({"building": "yard", "name": "Yard", "rings": [ring, hole]}),
    )
    .unwrap();
    assert_eq!(go(&mut anna, HERE)["building"], "yard");
    assert_eq!(go(&mut anna, north(15.0))["building"], Value::Null);
    assert_eq!(go(&mut anna, north(50.0))["building"], "yard");
    assert_eq!(go(&mut anna, north(101.0))["building"], Value::Null);
    let listed = mona.call("s.buildings", json!([])).unwrap();
    assert_eq!(listed["buildings"][0]["vertices"], 7);
    let rings = listed["buildings"][0]["rings"].as_array().unwrap();
    assert_eq!(
        rings
            .iter()
            .map(|ring| ring.as_array().unwrap().len())
            .collect::<Vec<_>>(),
        [4, 3]
    );
    // What is listed can be given again as it is.
    mona.call(
        "s.addbuilding",
        json!({"building": "yard", "name": "Yard", "rings": rings}),
    )
    .unwrap();
    assert_eq!(go(&mut anna, north(15.0))["building"], Value::Null);
    assert_eq!(go(&mut anna, north(50.0))["building"], "yard");
}

#[test]
fn operators_see_by_their_role_and_that_they_looked_is_kept() {
    let server = Server::start();
    let (mut mona, mut anna, mut bert) = (server.as_user("mona"), server.as_user("anna"), server.as_user("bert"));
    mona.call("s.addbuilding", circle("civil", HERE, 54.0)).unwrap();
    go(&mut bert, HERE);
    bert.call("s.setvisibility", json!(["nobody"])).unwrap();
    assert_eq!(anna.code_of("s.whereis", json!(["bert"])), "forbidden");
    assert_eq!(anna.code_of("s.whereis", json!([])), "not_found");
    assert_eq!(mona.code_of("s.whereis", json!(["nobody-there"])), "not_found");
    let found = mona.call("s.whereis", json!(["bert"])).unwrap();
    assert_eq!(
        (&found["building"], &found["latitude"]),
        (&json!("civil"), &json!(HERE.0))
    );
    assert_eq!(names(&mona.call("s.peoplein", json!(["civil"])).unwrap()), ["bert"]);
    assert_eq!(mona.code_of("s.peoplein", json!(["elsewhere"])), "not_found");
    let bert_id = found["user_id"].clone();
    let audit = server
        .as_user("ada")
        .call("s.audit", json!({"on_what": format!("user:{bert_id}")}))
        .unwrap();
    let looked = audit.to_string();
    assert!(looked.contains("s.whereis") && !looked.contains("38.7"), "{looked}");
}

#[test]
fn positions_and_choices_are_there_after_a_restart() {
    let mut server = Server::start();
    let (mut mona, mut anna, mut bert) = (server.as_user("mona"), server.as_user("anna"), server.as_user("bert"));
    mona.call("s.addbuilding", circle("civil", HERE, 54.0)).unwrap();
    go(&mut anna, HERE);
    go(&mut bert, north(10.0));
    bert.call("s.setvisibility", json!({"to": "nobody", "people": ["anna"]}))
        .unwrap();
    // In order: everything is written down at the end.
    server.terminate();
    assert_eq!(server.ended().code(), Some(0));
    server.start_again();
    let look = |server: &Server| {
        let (mut mona, mut anna, mut bert) = (server.as_user("mona"), server.as_user("anna"), server.as_user("bert"));
        assert_eq!(anna.call("s.whereis", json!([])).unwrap()["building"], "civil");
        assert_eq!(names(&near(&mut anna, 100.0)), ["bert"]);
        assert_eq!(
            names(&mona.call("s.peoplein", json!(["civil"])).unwrap()),
            ["anna", "bert"]
        );
        assert_eq!(
            bert.call("s.visibility", json!([])).unwrap()["now"]["people"],
            json!(["anna"])
        );
    };
    look(&server);
    // In no order: what was written down within the second before is there.
    let written = || metric(server.http(), "motorpool_positions_written_total", &[]);
    let before = written();
    go(&mut server.as_user("anna"), north(20.0));
    until("the position to be written down", || (written() > before).then_some(()));
    server.kill();
    server.start_again();
    look(&server);
    let found = server.as_user("anna").call("s.whereis", json!([])).unwrap();
    assert_eq!(found["latitude"], json!(north(20.0).0));
}
