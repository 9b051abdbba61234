//! At the car: unlock and lock say what the car acknowledged, and nothing else.
//!
//! The car is a raw socket that does as it is told; what became of each command is read from `s.commands`.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{FakeCar, Manner, Raw, Server, hour, in_minutes, in_seconds, instant, until};

/// How long a car has to answer in tests of silence.
const SHORT: (&str, &str) = ("MOTORPOOL_LIMITS__CAR_COMMAND_MS", "400");

/// A booking of amber that has a right now.
fn book_now(raw: &mut Raw) -> Value {
    let args = json!({"car": "amber", "start": in_minutes(-1), "end": in_minutes(60)});
    json!({"booking": raw.call("s.book", args).unwrap()["booking"]})
}

/// The latest command to amber as operators see it.
fn latest(mona: &mut Raw) -> Value {
    mona.call("s.commands", json!({"car": "amber"})).unwrap()[0].clone()
}

fn state_of_booking(raw: &mut Raw, booking: &Value) -> Value {
    let listed = raw.call("s.bookings", json!({})).unwrap();
    let found = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["booking"] == booking["booking"]);
    found.unwrap()["state"].clone()
}

#[test]
fn an_acknowledged_unlock_is_done_and_begins_the_booking() {
    let server = Server::start();
    let car = FakeCar::online(&server, "amber", Manner::Done);
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    let booking = book_now(&mut anna);
    let done = anna.call("s.unlock", booking.clone()).unwrap();
    assert_eq!(done["state"], "done");
    assert!(instant(&done["done_at"]) <= instant(&json!(in_seconds(1))));
    assert_eq!(state_of_booking(&mut anna, &booking), "ongoing");
    let told = &car.told()[0];
    assert_eq!(told["command"], "unlock");
    assert_eq!(told["args"]["booking"], booking["booking"]);
    assert!(told["args"]["nonce"].as_str().unwrap().len() >= 16, "{told}");
    assert!(
        instant(&told["args"]["expires_at"]) > instant(&json!(in_seconds(0))),
        "{told}"
    );
    let row = latest(&mut mona);
    assert_eq!(
        (&row["command"], &row["name"], &row["state"]),
        (&done["command"], &json!("unlock"), &json!("done"))
    );

    assert_eq!(anna.call("s.lock", booking.clone()).unwrap()["state"], "done");
    assert_eq!(anna.call("s.unlock", booking.clone()).unwrap()["state"], "done");
    assert_eq!(state_of_booking(&mut anna, &booking), "ongoing");
    let nonces: Vec<Value> = car.told().iter().map(|call| call["args"]["nonce"].clone()).collect();
    assert!(nonces[0] != nonces[1] && nonces[1] != nonces[2] && nonces[0] != nonces[2]);
    assert_eq!(
        anna.code_of("s.cancel", booking),
        "not_now",
        "a car that is out is returned"
    );
}

#[test]
fn nobody_opens_the_car_of_somebody_else() {
    let server = Server::start();
    let car = FakeCar::online(&server, "amber", Manner::Done);
    let booking = book_now(&mut server.as_user("anna"));
    for person in ["bert", "emil"] {
        let mut raw = server.as_user(person);
        assert_eq!(raw.code_of("s.unlock", booking.clone()), "forbidden", "{person}");
        assert_eq!(raw.code_of("s.lock", booking.clone()), "forbidden", "{person}");
    }
    assert_eq!(server.guest().code_of("s.unlock", booking.clone()), "forbidden");
    assert_eq!(
        server.unit("birch").code_of("s.unlock", booking.clone()),
        "forbidden",
        "the unit of another car"
    );
    assert_eq!(
        server.guest().code_of("s.unlock", json!({"booking": 4_711})),
        "not_found"
    );
    assert!(car.told().is_empty(), "{:?}", car.told());
    assert_eq!(
        server.as_user("mona").call("s.unlock", booking).unwrap()["state"],
        "done",
        "operators may"
    );
    assert_eq!(car.told().len(), 1);
}

#[test]
fn the_car_opens_neither_before_nor_after_the_time() {
    let server = Server::with(&[("MOTORPOOL_BOOKING__GRACE_AFTER_MINUTES", "0")]);
    let car = FakeCar::online(&server, "amber", Manner::Done);
    let mut anna = server.as_user("anna");
    let later = anna
        .call("s.book", json!({"car": "amber", "start": hour(0), "end": hour(1)}))
        .unwrap();
    let refused = anna.call("s.unlock", json!({"booking": later["booking"]})).unwrap_err();
    assert_eq!(refused.code, "not_now");
    let opens = instant(&refused.detail["from"]);
    assert_eq!(
        opens.duration_until(instant(&later["start"])).as_mins(),
        5,
        "{refused:?}"
    );

    anna.call("s.cancel", json!({"booking": later["booking"]})).unwrap();
    assert_eq!(
        anna.code_of("s.unlock", json!({"booking": later["booking"]})),
        "expired"
    );

    assert!(car.told().is_empty(), "{:?}", car.told());

    let short = json!({"car": "amber", "start": in_seconds(-60), "end": in_seconds(2)});
    let short = json!({"booking": anna.call("s.book", short).unwrap()["booking"]});
    anna.call("s.unlock", short.clone()).unwrap();
    until("the end of the booking", || {
        (state_of_booking(&mut anna, &short) == "overdue").then_some(())
    });
    assert_eq!(anna.code_of("s.unlock", short.clone()), "expired");
    assert_eq!(anna.code_of("s.lock", short), "expired");
    assert_eq!(car.told().len(), 1, "{:?}", car.told());
}

#[test]
fn a_car_that_is_offline_is_unavailable_at_once() {
    let server = Server::start();
    let mut anna = server.as_user("anna");
    let booking = book_now(&mut anna);
    let fastest = (0..3).map(|_| {
        let since = Instant::now();
        assert_eq!(anna.code_of("s.unlock", booking.clone()), "unavailable");
        since.elapsed()
    });
    let fastest = fastest.min().unwrap();
    assert!(fastest < Duration::from_millis(200), "{fastest:?}");
    assert_eq!(state_of_booking(&mut anna, &booking), "reserved");
    // The unit comes, and all is well.
    let _car = FakeCar::online(&server, "amber", Manner::Done);
    assert_eq!(anna.call("s.unlock", booking).unwrap()["state"], "done");
}

#[test]
fn a_refusal_of_the_car_is_told_with_its_words() {
    let server = Server::start();
    let car = FakeCar::online(&server, "amber", Manner::Refuse("unavailable", "the battery is flat"));
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    let booking = book_now(&mut anna);
    let refused = anna.call("s.unlock", booking.clone()).unwrap_err();
    assert_eq!(refused.code, "unavailable");
    assert!(refused.message.contains("the battery is flat"), "{}", refused.message);
    assert_eq!(latest(&mut mona)["state"], "failed");
    assert_eq!(latest(&mut mona)["reason"], "the battery is flat");
    assert_eq!(state_of_booking(&mut anna, &booking), "reserved");

    car.does(Manner::Refuse("expired", "too late"));
    assert_eq!(anna.code_of("s.unlock", booking.clone()), "expired");
    assert_eq!(latest(&mut mona)["state"], "expired");

    car.does(Manner::Done);
    assert_eq!(anna.call("s.unlock", booking).unwrap()["state"], "done");
}

#[test]
fn a_silent_car_leaves_it_unknown_until_its_late_answer() {
    let server = Server::with(&[SHORT]);
    let car = FakeCar::online(&server, "amber", Manner::Silent);
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    let booking = book_now(&mut anna);
    assert_eq!(anna.code_of("s.unlock", booking.clone()), "timeout");
    assert_eq!(latest(&mut mona)["state"], "unknown");
    car.acknowledge(&car.told()[0]["id"]);
    until("the late answer to settle it", || {
        (latest(&mut mona)["state"] == "done").then_some(())
    });

    // The same over a connection that came after the question.
    assert_eq!(anna.code_of("s.lock", booking.clone()), "timeout");
    let asked = car.told_at_least(2);
    drop(car);
    let car = FakeCar::online(&server, "amber", Manner::Done);
    assert_eq!(latest(&mut mona)["state"], "unknown");
    car.acknowledge(&asked["id"]);
    until("the late answer to settle it", || {
        (latest(&mut mona)["state"] == "done").then_some(())
    });
    assert!(
        car.told().is_empty(),
        "nothing is sent to a car again by itself: {:?}",
        car.told()
    );
}

#[test]
fn a_late_unlock_begins_the_booking() {
    let server = Server::with(&[SHORT]);
    let car = FakeCar::online(&server, "amber", Manner::Silent);
    let mut anna = server.as_user("anna");
    let booking = book_now(&mut anna);
    assert_eq!(anna.code_of("s.unlock", booking.clone()), "timeout");
    car.acknowledge(&car.told()[0]["id"]);
    until("the booking to be ongoing", || {
        (state_of_booking(&mut anna, &booking) == "ongoing").then_some(())
    });
}

#[test]
fn a_car_that_opens_after_its_booking_was_given_up_is_locked_again() {
    let server = Server::with(&[SHORT]);
    let car = FakeCar::online(&server, "amber", Manner::Silent);
    let mut anna = server.as_user("anna");
    let booking = book_now(&mut anna);
    assert_eq!(anna.code_of("s.unlock", booking.clone()), "timeout");
    let asked = car.told_at_least(1);
    assert_eq!(anna.call("s.cancel", booking).unwrap()["state"], "cancelled");
    car.does(Manner::Done);
    car.acknowledge(&asked["id"]);
    assert_eq!(car.told_at_least(2)["command"], "lock");
}

#[test]
fn a_booking_is_not_given_up_while_its_car_is_being_opened() {
    let server = Server::start();
    let car = FakeCar::online(&server, "amber", Manner::Silent);
    let (mut anna, mut same) = (server.as_user("anna"), server.as_user("anna"));
    let booking = book_now(&mut anna);
    let unlock = anna.ask("s.unlock", booking.clone());
    let asked = car.told_at_least(1);
    let code = same
        .call("s.cancel", booking.clone())
        .map_or_else(|refused| refused.code, |done| done.to_string());
    assert_eq!(code, "busy");
    car.acknowledge(&asked["id"]);
    assert_eq!(anna.result(unlock).unwrap()["state"], "done");
    assert_eq!(state_of_booking(&mut anna, &booking), "ongoing");
    // Nor returned, while it is opened once more; and refused it is as free as before.
    let unlock = anna.ask("s.unlock", booking.clone());
    let asked = car.told_at_least(2);
    let back = json!({"booking": booking["booking"], "latitude": 52.5, "longitude": 13.4});
    assert_eq!(same.code_of("s.return", back.clone()), "busy");
    car.refuse(&asked["id"]);
    assert_eq!(anna.result(unlock).unwrap_err().code, "unavailable");
    assert_eq!(same.call("s.return", back).unwrap()["state"], "finished");
}

#[test]
fn a_booking_whose_car_refused_to_open_can_be_given_up() {
    let server = Server::start();
    let _car = FakeCar::online(&server, "amber", Manner::Refuse("unavailable", "no"));
    let mut anna = server.as_user("anna");
    let booking = book_now(&mut anna);
    assert_eq!(anna.code_of("s.unlock", booking.clone()), "unavailable");
    assert_eq!(anna.call("s.cancel", booking).unwrap()["state"], "cancelled");
}

#[test]
fn no_other_car_settles_a_command() {
    let server = Server::with(&[SHORT]);
    let car = FakeCar::online(&server, "amber", Manner::Silent);
    let other = FakeCar::online(&server, "birch", Manner::Silent);
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    let booking = book_now(&mut anna);
    assert_eq!(anna.code_of("s.unlock", booking), "timeout");
    other.acknowledge(&car.told()[0]["id"]);
    let mut other = other;
    other.call("s.ping", json!([])).unwrap();
    mona.call("s.ping", json!([])).unwrap();
    assert_eq!(latest(&mut mona)["state"], "unknown");
}

#[test]
fn a_car_that_hangs_up_leaves_it_unknown_and_who_goes_does_not_stop_it() {
    let server = Server::with(&[SHORT]);
    let car = FakeCar::online(&server, "amber", Manner::HangUp);
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    let booking = book_now(&mut anna);
    assert_eq!(anna.code_of("s.unlock", booking.clone()), "timeout");
    assert_eq!(latest(&mut mona)["state"], "unknown");
    drop(car);

    let car = FakeCar::online(&server, "amber", Manner::Silent);
    anna.ask("s.unlock", booking.clone());
    let asked = car.told_at_least(1);
    anna.hang_up();
    car.acknowledge(&asked["id"]);
    until("the command to be done", || {
        (latest(&mut mona)["state"] == "done").then_some(())
    });
    let mut anna = server.as_user("anna");
    until("the booking to be ongoing", || {
        (state_of_booking(&mut anna, &booking) == "ongoing").then_some(())
    });
}

#[test]
fn a_command_on_its_way_at_a_crash_is_unknown_and_settled_by_the_car() {
    let mut server = Server::start();
    let car = FakeCar::online(&server, "amber", Manner::Silent);
    let mut anna = server.as_user("anna");
    let booking = book_now(&mut anna);
    anna.ask("s.unlock", booking.clone());
    let asked = car.told_at_least(1);
    server.kill();
    drop(car);
    server.start_again();
    let mut mona = server.as_user("mona");
    assert_eq!(latest(&mut mona)["state"], "unknown");
    let car = FakeCar::online(&server, "amber", Manner::Done);
    car.acknowledge(&asked["id"]);
    until("the command to be done", || {
        (latest(&mut mona)["state"] == "done").then_some(())
    });
    assert!(car.told().is_empty(), "{:?}", car.told());
}
