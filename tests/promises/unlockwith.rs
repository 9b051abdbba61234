//! At the door of the car: a rider says who they are, and the unit opens for them alone.
//!
//! The unit calls `s.unlockwith` over its own socket while the server commands it over the same.

use serde_json::{Value, json};

use crate::harness::{FakeCar, Manner, PASSWORD, Server, in_minutes};

fn says(username: &str, password: &str) -> Value {
    json!({"username": username, "password": password})
}

fn book_now(server: &Server, person: &str) -> Value {
    let args = json!({"car": "amber", "start": in_minutes(-1), "end": in_minutes(60)});
    server.as_user(person).call("s.book", args).unwrap()["booking"].clone()
}

#[test]
fn the_car_opens_for_its_rider_by_password_and_for_nobody_else() {
    let server = Server::start();
    let mut car = FakeCar::online(&server, "amber", Manner::Done);
    let booking = book_now(&server, "anna");
    assert_eq!(
        car.call("s.unlockwith", says("anna", "wrong horse")).unwrap_err().code,
        "bad_login"
    );
    assert_eq!(
        car.call("s.unlockwith", says("nobody", PASSWORD)).unwrap_err().code,
        "bad_login"
    );
    let refused = car.call("s.unlockwith", says("bert", PASSWORD)).unwrap_err();
    assert_eq!(refused.code, "forbidden", "{}", refused.message);
    let mut other = FakeCar::online(&server, "birch", Manner::Done);
    assert_eq!(
        other.call("s.unlockwith", says("anna", PASSWORD)).unwrap_err().code,
        "forbidden"
    );
    assert!(car.told().is_empty() && other.told().is_empty());

    let opened = car.call("s.unlockwith", says("anna", PASSWORD)).unwrap();
    assert_eq!(
        (&opened["user"], &opened["booking"], &opened["state"]),
        (&json!("anna"), &booking, &json!("done"))
    );
    assert_eq!(car.told()[0]["args"]["booking"], booking);
    let listed = server
        .as_user("anna")
        .call("s.bookings", json!({"state": "ongoing"}))
        .unwrap();
    assert_eq!(listed[0]["booking"], booking);
}

#[test]
fn only_a_unit_asks_at_the_door() {
    let server = Server::start();
    let _car = FakeCar::online(&server, "amber", Manner::Done);
    book_now(&server, "anna");
    for person in ["anna", "mona", "ada"] {
        let code = server.as_user(person).code_of("s.unlockwith", says("anna", PASSWORD));
        assert_eq!(code, "forbidden", "{person}");
    }
}

#[test]
fn a_unit_that_refuses_or_is_silent_does_not_count_as_open() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__CAR_COMMAND_MS", "400")]);
    let mut car = FakeCar::online(&server, "amber", Manner::Refuse("unavailable", "the door is stuck"));
    book_now(&server, "anna");
    let refused = car.call("s.unlockwith", says("anna", PASSWORD)).unwrap_err();
    assert_eq!(refused.code, "unavailable");
    assert!(refused.message.contains("the door is stuck"), "{}", refused.message);
    car.does(Manner::Silent);
    assert_eq!(
        car.call("s.unlockwith", says("anna", PASSWORD)).unwrap_err().code,
        "timeout"
    );
    let listed = server
        .as_user("anna")
        .call("s.bookings", json!({"state": "reserved"}))
        .unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
}

#[test]
fn a_guesser_elsewhere_does_not_lock_the_rider_out_at_the_car() {
    let server = Server::start();
    let mut car = FakeCar::online(&server, "amber", Manner::Done);
    book_now(&server, "anna");
    for _ in 0..11 {
        let hello = json!({"login": {"password": says("anna", "wrong horse")}});
        drop(crate::harness::Raw::hello(server.address(), hello));
    }
    let hello = json!({"login": {"password": says("anna", PASSWORD)}});
    let refused = crate::harness::Raw::hello(server.address(), hello).err().unwrap();
    assert_eq!(refused.code, "locked_out");
    assert_eq!(
        car.call("s.unlockwith", says("anna", PASSWORD)).unwrap()["state"],
        "done"
    );
}
