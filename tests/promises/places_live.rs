//! Places as they change: movements, watches of ranges, cars that go out and come back, buildings from files.

use serde_json::{Value, json};

use crate::harness::{FakeCar, Manner, Raw, Server, in_seconds, metric, until};
use crate::places::{HERE, circle, go, north};

/// The next event of that name; what else comes is passed over.
fn event(raw: &mut Raw, name: &str) -> Value {
    loop {
        let frame = raw.read().expect("an event before the end");
        if frame["event"]["name"] == name {
            return frame["event"]["data"].clone();
        }
    }
}

#[test]
fn a_movement_is_told_to_those_who_see_it_and_to_nobody_else() {
    let server = Server::start();
    let (mut mona, mut anna, mut bert) = (server.as_user("mona"), server.as_user("anna"), server.as_user("bert"));
    mona.call("s.addbuilding", circle("civil", HERE, 54.0)).unwrap();
    mona.call("s.addbuilding", circle("tower", north(300.0), 54.0)).unwrap();
    go(&mut anna, HERE);
    let own = event(&mut anna, "movement");
    assert_eq!(
        (&own["user"], &own["to"], own.get("from")),
        (&json!("anna"), &json!("civil"), None)
    );
    go(&mut bert, north(10.0));
    let came = event(&mut anna, "movement");
    assert_eq!((&came["user"], &came["to"]), (&json!("bert"), &json!("civil")));
    go(&mut bert, north(300.0));
    let gone = event(&mut anna, "movement");
    assert_eq!(
        (&gone["user"], &gone["from"], gone.get("to")),
        (&json!("bert"), &json!("civil"), None)
    );
    // Unseen: Anna hears of nothing until Bert lets her.
    bert.call("s.setvisibility", json!(["nobody"])).unwrap();
    go(&mut bert, north(10.0));
    go(&mut bert, north(300.0));
    until("both movements to be written", || {
        (metric(server.http(), "motorpool_movements_total", &[]) >= 5.0).then_some(())
    });
    bert.call("s.setvisibility", json!({"to": "nobody", "people": ["anna"]}))
        .unwrap();
    go(&mut bert, north(1_000.0));
    let seen = event(&mut anna, "movement");
    assert_eq!(
        (&seen["from"], seen.get("to")),
        (&json!("tower"), None),
        "the first she hears of"
    );
    // A building that goes moves those who were in it.
    mona.call("s.removebuilding", json!(["civil"])).unwrap();
    let out = event(&mut anna, "movement");
    assert_eq!((&out["user"], &out["from"]), (&json!("anna"), &json!("civil")));
}

#[test]
fn who_watches_a_range_hears_who_enters_moves_and_leaves() {
    let server = Server::start();
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    go(&mut anna, HERE);
    let watch = anna.call("s.watchrange", json!([40])).unwrap()["watch"].clone();
    go(&mut bert, north(30.0));
    let entered = event(&mut anna, "range");
    assert_eq!(
        (&entered["what"], &entered["user"], &entered["watch"]),
        (&json!("enter"), &json!("bert"), &watch)
    );
    assert_eq!(entered["distance_m"], 30.0);
    go(&mut bert, north(20.0));
    let moved = event(&mut anna, "range");
    assert_eq!((&moved["what"], &moved["distance_m"]), (&json!("move"), &json!(20.0)));
    bert.call("s.setvisibility", json!(["nobody"])).unwrap();
    let left = event(&mut anna, "range");
    assert_eq!(
        (&left["what"], &left["user"], left.get("distance_m")),
        (&json!("leave"), &json!("bert"), None)
    );
    bert.call("s.setvisibility", json!(["near"])).unwrap();
    assert_eq!(event(&mut anna, "range")["what"], "enter");
    // The range goes along.
    go(&mut anna, north(100.0));
    assert_eq!(event(&mut anna, "range")["what"], "leave");
    assert_eq!(bert.code_of("s.unwatchrange", json!([watch])), "not_found");
    assert_eq!(anna.call("s.unwatchrange", json!([])).unwrap()["ended"], json!([watch]));
    assert_eq!(anna.code_of("s.unwatchrange", json!([watch])), "not_found");
    assert_eq!(server.guest().code_of("s.watchrange", json!([])), "unauthenticated");
    assert_eq!(anna.code_of("s.watchrange", json!([-1])), "bad_arguments");
}

#[test]
fn so_many_watches_and_not_one_more() {
    let server = Server::with(&[
        ("MOTORPOOL_LIMITS__WATCHES_PER_CLIENT", "2"),
        ("MOTORPOOL_LIMITS__WATCHES_MAX", "3"),
    ]);
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    for _ in 0..2 {
        anna.call("s.watchrange", json!([])).unwrap();
    }
    assert_eq!(anna.code_of("s.watchrange", json!([])), "busy");
    bert.call("s.watchrange", json!([])).unwrap();
    assert_eq!(bert.code_of("s.watchrange", json!([])), "busy");
    // They end with their connection.
    anna.hang_up();
    until("room for one more", || bert.call("s.watchrange", json!([])).ok());
}

#[test]
fn cars_that_are_out_are_seen_by_their_rider_and_by_operators_alone() {
    let server = Server::start();
    let _car = FakeCar::online(&server, "amber", Manner::Done);
    let (mut mona, mut anna, mut bert) = (server.as_user("mona"), server.as_user("anna"), server.as_user("bert"));
    let all = mona.call("s.cars", json!([])).unwrap();
    let amber = all
        .as_array()
        .unwrap()
        .iter()
        .find(|car| car["car"] == "amber")
        .unwrap();
    let there = (
        amber["latitude"].as_f64().unwrap(),
        amber["longitude"].as_f64().unwrap(),
    );
    let near = json!({"latitude": there.0, "longitude": there.1, "radius_m": 1});
    let sees = |raw: &mut Raw| {
        let cars = raw.call("s.carsnear", near.clone()).unwrap();
        cars["cars"].as_array().unwrap().iter().any(|car| car["car"] == "amber")
    };
    assert!(sees(&mut anna) && sees(&mut bert) && sees(&mut mona));
    assert_eq!(anna.code_of("s.carsnear", json!([])), "bad_arguments");
    mona.call("s.addbuilding", circle("garage", there, 20.0)).unwrap();
    let here = bert.call("s.carshere", json!(["garage"])).unwrap();
    assert!(
        here["cars"].as_array().unwrap().iter().any(|car| car["car"] == "amber"),
        "{here}"
    );
    let booked = anna
        .call("s.book", json!(["amber", in_seconds(0), in_seconds(3_600)]))
        .unwrap();
    anna.call("s.unlock", json!([booked["booking"]])).unwrap();
    assert!(sees(&mut anna) && sees(&mut mona) && !sees(&mut bert));
    assert!(
        !bert
            .call("s.carshere", json!(["garage"]))
            .unwrap()
            .to_string()
            .contains("amber")
    );
    // It comes back elsewhere.
    let back = json!({"booking": booked["booking"], "latitude": north(0.0).0, "longitude": HERE.1});
    anna.call("s.return", back).unwrap();
    assert!(!sees(&mut bert));
    let near = bert
        .call(
            "s.carsnear",
            json!({"latitude": HERE.0, "longitude": HERE.1, "radius_m": 5}),
        )
        .unwrap();
    assert_eq!(near["cars"][0]["car"], "amber");
}

#[test]
fn buildings_imported_beside_a_running_server_are_seen_within_a_moment() {
    let server = Server::start();
    let mut anna = server.as_user("anna");
    go(&mut anna, HERE);
    let imported = std::process::Command::new(env!("CARGO_BIN_EXE_motorpool"))
        .args(["import", "--data"])
        .arg(server.folder())
        .arg("tests/data/alameda-buildings.json")
        .output()
        .unwrap();
    assert!(imported.status.success(), "{imported:?}");
    until("the building around Anna", || {
        (anna.call("s.whereis", json!([])).unwrap()["building"] == "2448131361042").then_some(())
    });
}

#[test]
fn who_is_away_is_listed_only_when_asked_for_and_leaves_the_ranges_of_others() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__PRESENCE_GRACE_MS", "0")]);
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    go(&mut anna, HERE);
    go(&mut bert, north(20.0));
    anna.call("s.watchrange", json!([])).unwrap();
    assert_eq!(event(&mut anna, "range")["what"], "enter");
    bert.hang_up();
    assert_eq!(event(&mut anna, "range")["what"], "leave");
    let near = anna.call("s.peoplenear", json!([])).unwrap();
    assert_eq!(near["people"], json!([]));
    let near = anna.call("s.peoplenear", json!({"away": true})).unwrap();
    assert_eq!(
        (&near["people"][0]["user"], &near["people"][0]["online"]),
        (&json!("bert"), &json!(false))
    );
}

#[test]
fn who_is_blocked_sees_nothing_of_the_other_also_after_a_restart() {
    let mut server = Server::start();
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    go(&mut anna, HERE);
    go(&mut bert, north(20.0));
    bert.call("s.setvisibility", json!({"to": "near", "people": ["anna"]}))
        .unwrap();
    let sees = |raw: &mut Raw| {
        let near = raw.call("s.peoplenear", json!({"away": true})).unwrap();
        !near["people"].as_array().unwrap().is_empty()
    };
    assert!(sees(&mut anna) && sees(&mut bert));
    bert.call("s.block", json!(["anna"])).unwrap();
    assert!(!sees(&mut anna) && !sees(&mut bert));
    server.restart();
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    assert!(!sees(&mut anna));
    bert.call("s.unblock", json!(["anna"])).unwrap();
    assert!(sees(&mut anna) && sees(&mut bert));
}
