//! Repairs: an engineer gets to a car only while a repair of it is theirs, and no end of a repair strands a car.
//!
//! The unit signs the engineer in at the car, by a secret code or by a device near by.

use serde_json::{Value, json};

use crate::harness::{FakeCar, Manner, Server, in_minutes};

fn report(server: &Server, fault: &str) -> Value {
    let args = json!({"car": "amber", "fault": fault});
    server.as_user("anna").call("s.reportcar", args).unwrap()["repair"].clone()
}

fn condition(server: &Server) -> Value {
    let cars = server.as_user("mona").call("s.cars", json!({})).unwrap();
    let amber = cars.as_array().unwrap().iter().find(|car| car["car"] == "amber");
    amber.unwrap()["condition"].clone()
}

#[test]
fn an_engineer_opens_by_code_only_a_car_whose_repair_is_theirs() {
    let server = Server::start();
    let mut car = FakeCar::online(&server, "amber", Manner::Done);
    let (mut mona, mut emil) = (server.as_user("mona"), server.as_user("emil"));
    let code = emil.call("s.engineercode", json!({})).unwrap()["code"].clone();
    let sign_in = json!({"code": code});
    assert_eq!(
        car.call("s.engineersignin", sign_in.clone()).unwrap_err().code,
        "forbidden"
    );
    let repair = report(&server, "flat tyre");
    assert_eq!(
        car.call("s.engineersignin", sign_in.clone()).unwrap_err().code,
        "forbidden",
        "reported, and not assigned"
    );
    mona.call("s.assignrepair", json!({"repair": repair, "engineer": "emil"}))
        .unwrap();
    let unknown = car
        .call("s.engineersignin", json!({"code": "mp_engineer_guess"}))
        .unwrap_err();
    assert_eq!(unknown.code, "forbidden");
    let mut other = FakeCar::online(&server, "birch", Manner::Done);
    assert_eq!(
        other.call("s.engineersignin", sign_in.clone()).unwrap_err().code,
        "forbidden"
    );
    assert!(car.told().is_empty() && other.told().is_empty());

    assert_eq!(car.call("s.engineersignin", sign_in.clone()).unwrap()["state"], "done");
    assert_eq!(car.told_at_least(1)["command"], "unlock");
    let finish = json!({"code": sign_in["code"], "finish": true, "note": "new tyre"});
    assert_eq!(car.call("s.engineersignin", finish).unwrap()["state"], "finished");
    assert_eq!(condition(&server), "usable");
    assert_eq!(
        car.call("s.engineersignin", sign_in).unwrap_err().code,
        "forbidden",
        "it is mended"
    );
}

#[test]
fn a_device_near_by_is_as_good_as_a_code_to_open_and_not_to_finish() {
    let server = Server::start();
    let mut car = FakeCar::online(&server, "amber", Manner::Done);
    let (mut mona, mut emil) = (server.as_user("mona"), server.as_user("emil"));
    emil.call("s.engineerdevice", json!({"address": "AA:BB:CC:00:11:22"}))
        .unwrap();
    let repair = report(&server, "noise");
    mona.call("s.assignrepair", json!({"repair": repair, "engineer": "emil"}))
        .unwrap();
    let near = json!({"devices": ["00:00:00:00:00:01", "aa:bb:cc:00:11:22"]});
    assert_eq!(car.call("s.engineersignin", near).unwrap()["state"], "done");
    let finish = json!({"devices": ["aa:bb:cc:00:11:22"], "finish": true});
    assert!(
        car.call("s.engineersignin", finish).is_err(),
        "addresses are in the air for everybody"
    );
    assert_ne!(condition(&server), "usable");
}

#[test]
fn a_car_under_repair_is_neither_booked_nor_stranded_when_the_repair_is_cancelled() {
    let server = Server::start();
    let mut mona = server.as_user("mona");
    let mut anna = server.as_user("anna");
    let book = json!({"car": "amber", "start": in_minutes(-1), "end": in_minutes(60)});
    let (first, second) = (report(&server, "noise"), report(&server, "smell"));
    assert_eq!(anna.code_of("s.book", book.clone()), "not_now");
    mona.call("s.cancelrepair", json!({"repair": first})).unwrap();
    assert_eq!(condition(&server), "reported", "another fault is open");
    mona.call("s.cancelrepair", json!({"repair": second})).unwrap();
    assert_eq!(condition(&server), "usable");
    assert_eq!(anna.call("s.book", book).unwrap()["state"], "reserved");
}
