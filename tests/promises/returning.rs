//! Returning: the booking ends, the right goes, the price stands, and the car is free where it stands.
//!
//! By the rider, by the car's unit, by an operator who says why.

use serde_json::{Value, json};

use crate::harness::{FakeCar, Manner, Raw, Server, hour, in_minutes, in_seconds, until};

/// Books amber, opens it, and gives the booking.
fn out(server: &Server, car: &FakeCar, person: &str) -> (Raw, Value) {
    let mut raw = server.as_user(person);
    let args = json!({"car": "amber", "start": in_minutes(0), "end": in_minutes(60)});
    let booking = raw.call("s.book", args).unwrap()["booking"].clone();
    car.does(Manner::Done);
    raw.call("s.unlock", json!({"booking": booking})).unwrap();
    (raw, booking)
}

fn offer(server: &Server, car: &str) -> Value {
    let listed = server
        .guest()
        .call("s.availability", json!({"start": hour(30), "end": hour(31)}))
        .unwrap();
    listed
        .as_array()
        .unwrap()
        .iter()
        .find(|offer| offer["car"] == car)
        .unwrap()
        .clone()
}

fn place(booking: &Value) -> Value {
    json!({"booking": booking, "latitude": 52.9, "longitude": 13.5, "place": "the harbour"})
}

#[test]
fn a_rider_returns_and_the_car_is_free_at_its_new_place() {
    let server = Server::start();
    let car = FakeCar::online(&server, "amber", Manner::Done);
    car.says(json!({"POSITION": {"latitude": 52.9, "longitude": 13.5}, "DOORS": {"locked": true, "open": []}}));
    let (mut anna, booking) = out(&server, &car, "anna");
    let returned = anna.call("s.return", place(&booking)).unwrap();
    let wanted =
        json!({"booking": booking, "state": "finished", "price": "13.00", "currency": "EUR", "verified": true});
    assert_eq!(returned, wanted);
    let free = offer(&server, "amber");
    assert_eq!(
        (&free["place"], &free["latitude"]),
        (&json!("the harbour"), &json!(52.9)),
        "{free}"
    );
    assert_eq!(anna.code_of("s.unlock", json!({"booking": booking})), "expired");
    assert_eq!(anna.code_of("s.return", place(&booking)), "not_now");
    assert_eq!(car.told().len(), 1, "no command after the return");
    // Free means that somebody else can have it now.
    let (_bert, _) = out(&server, &car, "bert");
}

#[test]
fn the_unit_returns_what_is_out_of_its_car() {
    let server = Server::start();
    let mut car = FakeCar::online(&server, "amber", Manner::Done);
    let here = json!({"latitude": 52.9, "longitude": 13.5});
    assert_eq!(
        car.call("s.return", here.clone()).unwrap_err().code,
        "not_found",
        "nothing is out"
    );
    let (mut anna, booking) = out(&server, &car, "anna");
    let mut other = FakeCar::online(&server, "birch", Manner::Done);
    assert_eq!(other.call("s.return", here.clone()).unwrap_err().code, "not_found");
    assert_eq!(other.call("s.return", place(&booking)).unwrap_err().code, "forbidden");
    let returned = car.call("s.return", here).unwrap();
    assert_eq!((&returned["booking"], &returned["verified"]), (&booking, &json!(true)));
    let listed = anna.call("s.bookings", json!({"state": "finished"})).unwrap();
    assert_eq!(listed[0]["returned"]["latitude"], 52.9);
}

#[test]
fn a_return_without_the_car_is_marked_unverified() {
    let server = Server::start();
    let car = FakeCar::online(&server, "amber", Manner::Done);
    let (mut anna, booking) = out(&server, &car, "anna");
    drop(car);
    until("the car to be gone", || {
        (crate::harness::metric(server.http(), "motorpool_cars_online", &[]) == 0.0).then_some(())
    });
    assert_eq!(anna.call("s.return", place(&booking)).unwrap()["verified"], false);
    let mut mona = server.as_user("mona");
    let seen = mona.call("s.bookings", json!({"state": "finished"})).unwrap();
    assert_eq!(seen[0]["returned"]["verified"], false);

    // A car that says it stands elsewhere does not confirm either.
    let car = FakeCar::online(&server, "amber", Manner::Done);
    car.says(json!({"POSITION": {"latitude": 48.0, "longitude": 11.0}}));
    let (mut bert, booking) = out(&server, &car, "bert");
    assert_eq!(bert.call("s.return", place(&booking)).unwrap()["verified"], false);
}

#[test]
fn a_return_that_cannot_be_is_refused_with_its_reason() {
    let server = Server::start();
    let mut car = FakeCar::online(&server, "amber", Manner::Done);
    let (mut anna, booking) = out(&server, &car, "anna");
    let with = |field: &str, value: Value| {
        let mut args = place(&booking);
        args[field] = value;
        args
    };
    for (field, value) in [
        ("latitude", json!(91)),
        ("longitude", json!(-181)),
        ("odometer_km", json!(-1)),
        ("fuel_percent", json!(101)),
        ("note", json!("x".repeat(501))),
        ("colour", json!("red")),
    ] {
        let refused = anna.call("s.return", with(field, value)).unwrap_err();
        assert_eq!(refused.code, "bad_arguments", "{field}");
        assert!(refused.message.contains(field), "{}", refused.message);
    }
    assert_eq!(server.as_user("bert").code_of("s.return", place(&booking)), "forbidden");
    assert_eq!(server.guest().code_of("s.return", place(&booking)), "forbidden");
    car.says(json!({"DOORS": {"locked": false, "open": ["boot"]}}));
    let open = anna.call("s.return", place(&booking)).unwrap_err();
    assert_eq!(open.code, "not_now");
    assert!(open.message.contains("boot"), "{}", open.message);
    car.says(json!({}));

    car.call("s.return", with("odometer_km", json!(1_000))).unwrap();
    let (mut bert, booking) = out(&server, &car, "bert");
    let back = json!({"booking": booking, "latitude": 52.9, "longitude": 13.5, "odometer_km": 999.5});
    let refused = bert.call("s.return", back.clone()).unwrap_err();
    assert_eq!(refused.code, "bad_arguments");
    assert!(refused.message.contains("1000"), "{}", refused.message);
    let on = json!({"booking": booking, "latitude": 52.9, "longitude": 13.5, "odometer_km": 1_000});
    assert_eq!(bert.call("s.return", on).unwrap()["state"], "finished");
}

#[test]
fn a_booking_that_was_never_opened_cannot_be_returned() {
    let server = Server::start();
    let mut anna = server.as_user("anna");
    let args = json!({"car": "amber", "start": in_minutes(0), "end": in_minutes(60)});
    let booking = anna.call("s.book", args).unwrap()["booking"].clone();
    assert_eq!(anna.code_of("s.return", place(&booking)), "not_now");
    assert_eq!(
        anna.code_of("s.return", json!({"latitude": 52.9, "longitude": 13.5})),
        "not_found"
    );
}

#[test]
fn an_operator_returns_for_somebody_with_a_note() {
    let server = Server::start();
    let car = FakeCar::online(&server, "amber", Manner::Done);
    let (_anna, booking) = out(&server, &car, "anna");
    let mut mona = server.as_user("mona");
    assert_eq!(mona.code_of("s.return", place(&booking)), "bad_arguments");
    let mut args = place(&booking);
    args["note"] = json!("found at the harbour, key inside");
    assert_eq!(mona.call("s.return", args).unwrap()["state"], "finished");
    let trail = mona
        .call("s.audit", json!({"on_what": format!("booking:{booking}")}))
        .unwrap();
    assert_eq!(trail[0]["what"], "s.return", "{trail}");
}

#[test]
fn a_car_that_is_late_is_overdue_and_pays_for_it() {
    let server = Server::start();
    let car = FakeCar::online(&server, "amber", Manner::Done);
    let mut anna = server.as_user("anna");
    let args = json!({"car": "amber", "start": in_seconds(-59), "end": in_seconds(2)});
    let booked = anna.call("s.book", args).unwrap();
    assert_eq!(booked["price"], "0.22");
    anna.call("s.unlock", json!({"booking": booked["booking"]})).unwrap();
    until("the booking to be overdue", || {
        let late = anna.call("s.bookings", json!({"state": "overdue"})).unwrap();
        (late != json!([])).then_some(())
    });
    // 62.4 s and more cost 0.23.
    let due = instant_after(&booked["start"], 63);
    until("a little more time", || {
        (crate::harness::in_seconds(0).parse::<jiff::Timestamp>().unwrap() >= due).then_some(())
    });
    let returned = anna.call("s.return", place(&booked["booking"])).unwrap();
    assert!(
        returned["price"].as_str().unwrap().parse::<f64>().unwrap() >= 0.23,
        "{returned}"
    );
    drop(car);
}

fn instant_after(start: &Value, seconds: i64) -> jiff::Timestamp {
    crate::harness::instant(start) + jiff::SignedDuration::from_secs(seconds)
}
