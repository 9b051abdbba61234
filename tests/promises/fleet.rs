//! Cars come, change and go while the server runs, and everybody else knows at once.

use serde_json::{Value, json};

use crate::harness::{FakeCar, Manner, Raw, Server, hour, in_minutes};
use crate::rest::rest;

fn new_car(name: &str) -> Value {
    json!({"car": name, "plate": format!("N-{name}"), "latitude": 52.4, "longitude": 13.4,
           "rate_per_hour": "8.50", "currency": "EUR", "seats": 2})
}

fn with(mut value: Value, field: &str, other: Value) -> Value {
    value[field] = other;
    value
}

/// The car as it is listed, with when it is free.
fn listed_now(raw: &mut Raw, name: &str) -> Value {
    let cars = raw.call("s.cars", json!({})).unwrap();
    let found = cars.as_array().unwrap().iter().find(|car| car["car"] == name);
    found.cloned().unwrap_or_default()
}

/// The car as it is listed, without what is true of this moment only.
fn listed(raw: &mut Raw, name: &str) -> Value {
    let mut car = listed_now(raw, name);
    if let Some(fields) = car.as_object_mut() {
        for field in ["free_now", "free_from", "free_until", "connected"] {
            fields.remove(field);
        }
    }
    car
}

fn book(raw: &mut Raw, car: &str, from: i64) -> Result<Value, crate::harness::Refused> {
    raw.call(
        "s.book",
        json!({"car": car, "start": hour(from), "end": hour(from + 2)}),
    )
}

fn audited(raw: &mut Raw, car: &Value) -> Vec<String> {
    let trail = raw.call("s.audit", json!({"on_what": format!("car:{car}")})).unwrap();
    let results = trail.as_array().unwrap().iter();
    results
        .map(|event| event["result"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_new_car_is_booked_and_found_at_once_and_after_a_restart() {
    let mut server = Server::start();
    let (mut mona, mut anna) = (server.as_user("mona"), server.as_user("anna"));
    let near = json!({"latitude": 52.4, "longitude": 13.4, "radius_m": 500});
    assert_eq!(anna.call("s.carsnear", near.clone()).unwrap()["cars"], json!([]));
    assert_eq!(anna.code_of("s.addcar", new_car("ginkgo")), "forbidden");
    let added = mona.call("s.addcar", new_car("ginkgo")).unwrap();
    assert_eq!(
        (
            &added["condition"],
            &added["rate_per_hour"],
            &added["seats"],
            &added["place"]
        ),
        (&json!("usable"), &json!("8.50"), &json!(2), &json!(""))
    );
    assert_eq!(listed(&mut anna, "ginkgo"), added);
    assert_eq!(anna.call("s.carsnear", near).unwrap()["cars"][0]["car"], "ginkgo");
    let booked = book(&mut anna, "ginkgo", 0).unwrap();
    assert_eq!(booked["price"], "17.00");
    assert_eq!(audited(&mut mona, &added["car_id"]), ["added"]);
    server.restart();
    let mut anna = server.as_user("anna");
    assert_eq!(book(&mut anna, "ginkgo", 1).unwrap_err().code, "conflict");
}

#[test]
fn a_car_that_would_be_none_is_refused_by_name_and_nothing_is_kept() {
    let server = Server::start();
    let mut mona = server.as_user("mona");
    for (field, value, code) in [
        ("car", json!("amber"), "conflict"),
        ("plate", json!("B-amber"), "conflict"),
        ("car", json!("gin kgo"), "bad_arguments"),
        ("car", json!(""), "bad_arguments"),
        ("car", json!("x".repeat(65)), "bad_arguments"),
        ("plate", json!(""), "bad_arguments"),
        ("latitude", json!(90.5), "bad_arguments"),
        ("longitude", json!(-181), "bad_arguments"),
        ("rate_per_hour", json!("-1"), "bad_arguments"),
        ("rate_per_hour", json!("1.005"), "bad_arguments"),
        ("rate_per_hour", json!(8.5), "bad_arguments"),
        ("currency", json!("EURO"), "bad_arguments"),
        ("seats", json!(0), "bad_arguments"),
        ("seats", json!(100), "bad_arguments"),
        ("make", json!("x".repeat(129)), "bad_arguments"),
        ("place", json!("a\u{7}b"), "bad_arguments"),
        ("wheels", json!(4), "bad_arguments"),
    ] {
        let args = with(new_car("ginkgo"), field, value.clone());
        assert_eq!(mona.code_of("s.addcar", args), code, "{field} {value}");
    }
    assert_eq!(mona.call("s.cars", json!({})).unwrap().as_array().unwrap().len(), 4);
    // The same request twice is one car.
    let once = with(new_car("ginkgo"), "request_id", json!("r1"));
    let first = mona.call("s.addcar", once.clone()).unwrap();
    assert_eq!(mona.call("s.addcar", once).unwrap(), first);
    assert_eq!(
        mona.code_of("s.addcar", with(new_car("hazel"), "request_id", json!("r1"))),
        "conflict"
    );
}

#[test]
fn a_changed_car_costs_what_it_costs_now_and_a_booking_what_it_cost_then() {
    let server = Server::start();
    let (mut mona, mut anna) = (server.as_user("mona"), server.as_user("anna"));
    let before = book(&mut anna, "amber", 0).unwrap();
    assert_eq!(
        anna.code_of("s.changecar", json!({"car": "amber", "colour": "red"})),
        "forbidden"
    );
    let changes = json!({"car": "amber", "rate_per_hour": "20", "colour": "red", "latitude": 52.7, "longitude": 13.4});
    let changed = mona.call("s.changecar", changes).unwrap();
    assert_eq!(
        (
            &changed["rate_per_hour"],
            &changed["colour"],
            &changed["place"],
            &changed["plate"]
        ),
        (&json!("20.00"), &json!("red"), &json!(""), &json!("B-amber"))
    );
    assert_eq!(listed(&mut mona, "amber"), changed);
    assert_eq!(book(&mut anna, "amber", 2).unwrap()["price"], "40.00");
    let own = anna.call("s.bookings", json!({})).unwrap();
    assert_eq!(own[1]["price"], before["price"]);
    let near = json!({"latitude": 52.7, "longitude": 13.4, "radius_m": 100});
    assert_eq!(anna.call("s.carsnear", near).unwrap()["cars"][0]["car"], "amber");
    assert_eq!(audited(&mut mona, &changed["car_id"]), ["changed"]);
    for (args, code) in [
        (json!({"car": "amber"}), "bad_arguments"),
        (json!({"car": "amber", "latitude": 1.0}), "bad_arguments"),
        (json!({"car": "amber", "currency": "JPY"}), "bad_arguments"),
        (json!({"car": "amber", "plate": "B-birch"}), "conflict"),
        (json!({"car": "zebra", "colour": "red"}), "not_found"),
    ] {
        assert_eq!(mona.code_of("s.changecar", args.clone()), code, "{args}");
    }
}

#[test]
fn a_car_that_is_out_is_not_moved_and_not_retired() {
    let server = Server::start();
    let _unit = FakeCar::online(&server, "amber", Manner::Done);
    let (mut mona, mut anna) = (server.as_user("mona"), server.as_user("anna"));
    let times = json!({"car": "amber", "start": in_minutes(-1), "end": in_minutes(60)});
    let booking = anna.call("s.book", times).unwrap()["booking"].clone();
    let there = json!({"car": "amber", "latitude": 52.7, "longitude": 13.4});
    mona.call("s.changecar", there.clone()).unwrap();
    anna.call("s.unlock", json!({"booking": booking})).unwrap();
    assert_eq!(mona.code_of("s.changecar", there.clone()), "not_now");
    mona.call("s.changecar", json!({"car": "amber", "colour": "red"}))
        .unwrap();
    assert_eq!(mona.code_of("s.retirecar", json!({"car": "amber"})), "not_now");
    // Out of service, it is still locked and brought back by who has it.
    mona.call(
        "s.setcondition",
        json!({"car": "amber", "condition": "out_of_service", "note": "recall"}),
    )
    .unwrap();
    anna.call("s.lock", json!({"booking": booking})).unwrap();
    let back = json!({"booking": booking, "latitude": 52.5, "longitude": 13.4});
    assert_eq!(anna.call("s.return", back).unwrap()["state"], "finished");
    mona.call("s.changecar", there).unwrap();
}

#[test]
fn a_car_out_of_service_opens_for_nobody_new_until_it_is_back() {
    let server = Server::start();
    let unit = FakeCar::online(&server, "amber", Manner::Done);
    let (mut mona, mut anna, mut bert) = (server.as_user("mona"), server.as_user("anna"), server.as_user("bert"));
    let times = json!({"car": "amber", "start": in_minutes(-1), "end": in_minutes(60)});
    let booking = anna.call("s.book", times).unwrap()["booking"].clone();
    let set = |condition: &str| json!({"car": "amber", "condition": condition, "note": "recall"});
    assert_eq!(anna.code_of("s.setcondition", set("usable")), "forbidden");
    let out = mona.call("s.setcondition", set("out_of_service")).unwrap();
    assert_eq!(out["condition"], "out_of_service");
    assert_eq!(anna.code_of("s.unlock", json!({"booking": booking})), "not_now");
    assert!(unit.told().is_empty());
    assert_eq!(book(&mut bert, "amber", 4).unwrap_err().code, "not_now");
    // A repair that comes and goes leaves it out of service.
    let fault = json!({"car": "amber", "fault": "noise"});
    let repair = anna.call("s.reportcar", fault).unwrap()["repair"].clone();
    mona.call("s.cancelrepair", json!({"repair": repair})).unwrap();
    assert_eq!(listed(&mut mona, "amber")["condition"], "out_of_service");
    assert_eq!(
        mona.call("s.setcondition", set("usable")).unwrap()["condition"],
        "usable"
    );
    book(&mut bert, "amber", 4).unwrap();
    anna.call("s.unlock", json!({"booking": booking})).unwrap();
    for wrong in ["repair", "retired", "broken", ""] {
        assert_eq!(mona.code_of("s.setcondition", set(wrong)), "bad_arguments", "{wrong}");
    }
    let no_reason = json!({"car": "amber", "condition": "usable", "note": " "});
    assert_eq!(mona.code_of("s.setcondition", no_reason), "bad_arguments");
}

#[test]
fn a_retired_car_is_gone_for_riders_and_its_bookings_stay() {
    let server = Server::start();
    let (mut mona, mut anna) = (server.as_user("mona"), server.as_user("anna"));
    let booking = book(&mut anna, "amber", 0).unwrap()["booking"].clone();
    assert_eq!(anna.code_of("s.retirecar", json!({"car": "amber"})), "forbidden");
    assert_eq!(
        mona.code_of("s.retirecar", json!({"car": "amber"})),
        "not_now",
        "anna has booked it"
    );
    anna.call("s.cancel", json!({"booking": booking})).unwrap();
    let retired = mona
        .call("s.retirecar", json!({"car": "amber", "note": "sold"}))
        .unwrap();
    assert_eq!(retired["condition"], "retired");
    assert_eq!(listed(&mut anna, "amber"), Value::Null);
    assert_eq!(listed(&mut mona, "amber"), retired);
    assert_eq!(book(&mut anna, "amber", 0).unwrap_err().code, "not_now");
    let calendar = json!({"start": hour(0), "end": hour(1), "car": "amber"});
    assert_eq!(anna.code_of("s.calendar", calendar.clone()), "not_found");
    assert_eq!(mona.call("s.calendar", calendar).unwrap()[0]["condition"], "retired");
    for command in ["s.retirecar", "s.changecar", "s.setcondition"] {
        let args = match command {
            "s.changecar" => json!({"car": "amber", "colour": "red"}),
            "s.setcondition" => json!({"car": "amber", "condition": "usable", "note": "again"}),
            _ => json!({"car": "amber"}),
        };
        assert_eq!(mona.code_of(command, args), "not_now", "{command}");
    }
    assert_eq!(
        mona.code_of("s.addcar", with(new_car("amber"), "plate", json!("N-2"))),
        "conflict"
    );
    assert_eq!(anna.call("s.bookings", json!({})).unwrap()[0]["car"], "amber");
}

#[test]
fn cars_come_and_go_over_http() {
    let server = Server::start();
    let (mut mona, mut anna) = (rest(&server, "mona"), rest(&server, "anna"));
    let body = new_car("ginkgo");
    let refused = anna.post("/api/v1/cars", &body);
    assert_eq!((refused.status, refused.code().as_str()), (403, "forbidden"));
    let added = mona.post("/api/v1/cars", &body);
    assert_eq!(added.status, 201, "{added:?}");
    let id = added.json()["car_id"].clone();
    assert_eq!(added.header("location"), Some(format!("/api/v1/cars/{id}").as_str()));
    let path = format!("/api/v1/cars/{id}");
    let changed = mona.ask("PATCH", &path, "", Some(r#"{"seats": 7}"#));
    assert_eq!(
        (changed.status, &changed.json()["seats"]),
        (200, &json!(7)),
        "{changed:?}"
    );
    let out = r#"{"condition": "out_of_service", "note": "winter"}"#;
    let out = mona.ask("PUT", &format!("{path}/condition"), "", Some(out));
    assert_eq!(
        (out.status, &out.json()["condition"]),
        (200, &json!("out_of_service")),
        "{out:?}"
    );
    assert_eq!(anna.ask("DELETE", &path, "", None).code(), "forbidden");
    let retired = mona.ask("DELETE", &path, "", None);
    assert_eq!(
        (retired.status, &retired.json()["condition"]),
        (200, &json!("retired")),
        "{retired:?}"
    );
    // Names of other routes are not taken for cars, and the other way round.
    assert_eq!(mona.ask("PATCH", "/api/v1/cars/near", "", Some("{}")).status, 405);
    assert_eq!(mona.ask("DELETE", "/api/v1/cars/zebra", "", None).status, 404);
}

#[test]
fn a_list_of_cars_says_when_each_is_free_next_and_to_operators_which_are_connected() {
    let server = Server::with(&[("MOTORPOOL_BOOKING__BUFFER_MINUTES", "60")]);
    let _unit = FakeCar::online(&server, "birch", Manner::Done);
    let (mut mona, mut anna) = (server.as_user("mona"), server.as_user("anna"));
    let free = |raw: &mut Raw, car: &str| {
        let car = listed_now(raw, car);
        let time = |name: &str| car.get(name).map(crate::harness::instant);
        (car["free_now"].clone(), time("free_from"), time("free_until"))
    };
    let at = |number: i64| Some(crate::harness::instant(&json!(hour(number))));
    assert_eq!(free(&mut anna, "amber"), (json!(true), None, None));
    book(&mut anna, "amber", 3).unwrap();
    assert_eq!(free(&mut anna, "amber"), (json!(true), None, at(2)));
    let now = json!({"car": "birch", "start": in_minutes(-1), "end": hour(1)});
    anna.call("s.book", now).unwrap();
    book(&mut anna, "birch", 5).unwrap();
    assert_eq!(free(&mut server.guest(), "birch"), (json!(false), at(2), at(4)));
    anna.call("s.reportcar", json!({"car": "cedar", "fault": "noise"}))
        .unwrap();
    assert_eq!(free(&mut anna, "cedar"), (json!(false), None, None));
    assert_eq!(listed_now(&mut anna, "birch").get("connected"), None);
    let connected = ["amber", "birch"].map(|car| listed_now(&mut mona, car)["connected"].clone());
    assert_eq!(connected, [json!(false), json!(true)]);
}
