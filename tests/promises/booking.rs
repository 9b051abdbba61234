//! Booking: who gets the car, for what price, and what the others hear.
//!
//! Everything is asked over a socket and read back over another.

use std::sync::Barrier;

use serde_json::{Value, json};

use crate::harness::{RIDERS, Raw, Server, hour, in_minutes, instant};

fn book(raw: &mut Raw, car: &str, start: i64, end: i64) -> Result<Value, crate::harness::Refused> {
    raw.call("s.book", json!({"car": car, "start": hour(start), "end": hour(end)}))
}

#[test]
fn a_booking_has_its_price_and_is_listed_for_its_rider_alone() {
    let server = Server::start();
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    let booked = book(&mut anna, "amber", 0, 2).unwrap();
    assert_eq!(booked["state"], "reserved");
    assert_eq!(
        (booked["price"].as_str(), booked["currency"].as_str()),
        (Some("26.00"), Some("EUR"))
    );
    assert_eq!(
        (booked["car"].as_str(), booked["user"].as_str()),
        (Some("amber"), Some("anna"))
    );
    assert_eq!(instant(&booked["start"]), instant(&json!(hour(0))));
    let own = anna.call("s.bookings", json!({"state": "reserved"})).unwrap();
    assert_eq!(own, json!([booked]));
    assert_eq!(bert.call("s.bookings", json!({})).unwrap(), json!([]));
    assert_eq!(bert.code_of("s.bookings", json!({"user": "anna"})), "forbidden");
    let mut mona = server.as_user("mona");
    assert_eq!(
        mona.call("s.bookings", json!({"user": "anna", "car": "amber"}))
            .unwrap(),
        json!([booked])
    );
    assert_eq!(mona.call("s.bookings", json!({"car": "birch"})).unwrap(), json!([]));
}

#[test]
fn bookings_are_listed_newest_first_and_page_by_page() {
    let server = Server::start();
    let mut anna = server.as_user("anna");
    let made: Vec<Value> = [4, 0, 2]
        .map(|start| book(&mut anna, "amber", start, start + 1).unwrap())
        .to_vec();
    let listed = anna.call("s.bookings", json!({})).unwrap();
    assert_eq!(listed, json!([made[2], made[1], made[0]]));
    let before = json!({"before": made[2]["booking"]});
    assert_eq!(anna.call("s.bookings", before).unwrap(), json!([made[1], made[0]]));
}

#[test]
fn the_second_hears_what_is_in_the_way_and_what_is_free_next() {
    let server = Server::start();
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    book(&mut anna, "amber", 1, 3).unwrap();
    let refused = book(&mut bert, "amber", 2, 4).unwrap_err();
    assert_eq!(refused.code, "conflict");
    let span = |name: &str, end: &str| instant(&refused.detail[name][end]);
    assert_eq!(span("in_the_way", "start"), instant(&json!(hour(1))));
    assert_eq!(span("in_the_way", "end"), instant(&json!(hour(3))));
    assert_eq!(span("next_free", "start"), instant(&json!(hour(3))));
    assert_eq!(span("next_free", "end"), instant(&json!(hour(5))));
    // What was offered can be had, and touching ends do not overlap, on either side.
    book(&mut bert, "amber", 3, 5).unwrap();
    book(&mut bert, "amber", 0, 1).unwrap();
    // Another car at the same time is another matter.
    book(&mut bert, "birch", 2, 4).unwrap();
}

#[test]
fn a_booking_is_moved_and_given_up_by_its_rider_or_an_operator() {
    let server = Server::start();
    let (mut anna, mut bert, mut mona) = (server.as_user("anna"), server.as_user("bert"), server.as_user("mona"));
    let booking = book(&mut anna, "amber", 0, 1).unwrap()["booking"].clone();
    let until = |end| json!({"booking": booking, "end": hour(end)});
    assert_eq!(bert.code_of("s.extend", until(2)), "forbidden");
    assert_eq!(bert.code_of("s.cancel", json!({"booking": booking})), "forbidden");
    let extended = anna.call("s.extend", until(2)).unwrap();
    assert_eq!(extended["price"], "26.00");
    assert_eq!(instant(&extended["end"]), instant(&json!(hour(2))));
    assert_eq!(mona.call("s.extend", until(3)).unwrap()["price"], "39.00");
    book(&mut bert, "amber", 4, 5).unwrap();
    let refused = anna.call("s.extend", until(5)).unwrap_err();
    assert_eq!(refused.code, "conflict");
    let cancelled = anna.call("s.cancel", json!({"booking": booking})).unwrap();
    assert_eq!(cancelled["state"], "cancelled");
    assert_eq!(anna.code_of("s.cancel", json!({"booking": booking})), "not_now");
    book(&mut bert, "amber", 0, 3).unwrap();
    assert_eq!(
        anna.call("s.bookings", json!({"state": "cancelled"})).unwrap(),
        json!([cancelled])
    );
    let trail = mona
        .call("s.audit", json!({"on_what": format!("booking:{booking}")}))
        .unwrap();
    let results: Vec<&str> = trail
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["result"].as_str().unwrap())
        .collect();
    assert_eq!(results, ["cancelled", "extended", "extended", "reserved"], "{trail}");
}

#[test]
fn free_cars_are_listed_with_price_and_distance() {
    let server = Server::start();
    let mut guest = server.guest();
    server
        .as_user("anna")
        .call("s.book", json!({"car": "birch", "start": hour(0), "end": hour(1)}))
        .unwrap();
    let names = |listed: &Value| -> Vec<String> {
        listed
            .as_array()
            .unwrap()
            .iter()
            .map(|offer| offer["car"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = guest
        .call("s.availability", json!({"start": hour(0), "end": hour(1)}))
        .unwrap();
    assert_eq!(names(&all), ["amber", "cedar", "delta"]);
    assert_eq!(all[0]["price"], "13.00");
    assert_eq!(all[0]["place"], "amber street");
    assert!(all[0].get("distance_m").is_none(), "nobody said from where");
    let later = guest
        .call("s.availability", json!({"start": hour(1), "end": hour(3)}))
        .unwrap();
    assert_eq!(names(&later), ["amber", "birch", "cedar", "delta"]);
    assert_eq!(later[0]["price"], "26.00");
    let near = json!({"start": hour(1), "end": hour(3), "latitude": 52.61, "longitude": 13.40, "radius_m": 15_000});
    let near = guest.call("s.availability", near).unwrap();
    assert_eq!(names(&near), ["cedar", "birch", "amber"], "the nearest first");
    let metres = near[0]["distance_m"].as_f64().unwrap();
    assert!(
        (1_050.0..1_170.0).contains(&metres),
        "a hundredth of a degree is {metres} m"
    );
}

#[test]
fn a_time_that_cannot_be_booked_is_refused_by_name() {
    let server = Server::start();
    let mut anna = server.as_user("anna");
    let mut code =
        |car: &str, start: &str, end: &str| anna.code_of("s.book", json!({"car": car, "start": start, "end": end}));
    assert_eq!(code("amber", &in_minutes(-6), &in_minutes(60)), "not_now");
    assert_eq!(code("amber", &in_minutes(-4), &in_minutes(-1)), "not_now");
    assert_eq!(code("amber", &hour(24 * 367), &hour(24 * 367 + 1)), "not_now");
    assert_eq!(code("amber", &hour(0), &hour(24 * 32)), "not_now");
    assert_eq!(code("amber", &hour(1), &hour(0)), "bad_arguments");
    assert_eq!(code("amber", &hour(1), &hour(1)), "bad_arguments");
    assert_eq!(code("amber", "tomorrow", &hour(1)), "bad_arguments");
    assert_eq!(code("amber", "2026-02-30T10:00:00Z", &hour(1)), "bad_arguments");
    assert_eq!(code("amber", "2026-03-01T10:00:00", &hour(1)), "bad_arguments");
    assert_eq!(code("zebra", &hour(0), &hour(1)), "not_found");
    for bad in [
        json!({"car": "amber", "start": hour(0)}),
        json!({"car": "amber", "start": hour(0), "end": hour(1), "extra": 1}),
        json!({"car": ["amber"], "start": hour(0), "end": hour(1)}),
        json!({"car": "amber", "start": 1, "end": 2}),
        json!(["amber", hour(0), hour(1), "more"]),
    ] {
        assert_eq!(anna.code_of("s.book", bad.clone()), "bad_arguments", "{bad}");
    }
    let recent = json!({"car": "amber", "start": in_minutes(-4), "end": in_minutes(60)});
    assert_eq!(anna.call("s.book", recent).unwrap()["state"], "reserved");
}

#[test]
fn a_person_has_only_so_many_open_bookings() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__OPEN_BOOKINGS_PER_USER", "3")]);
    let mut anna = server.as_user("anna");
    assert_eq!(anna.welcome["server"]["limits"]["open_bookings_per_user"], 3);
    let first = book(&mut anna, "amber", 0, 1).unwrap();
    book(&mut anna, "amber", 1, 2).unwrap();
    book(&mut anna, "birch", 0, 1).unwrap();
    let refused = book(&mut anna, "birch", 1, 2).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), &refused.detail),
        ("not_now", &json!({"limit": 3}))
    );
    book(&mut server.as_user("bert"), "birch", 1, 2).unwrap();
    anna.call("s.cancel", json!({"booking": first["booking"]})).unwrap();
    book(&mut anna, "cedar", 0, 1).unwrap();
}

#[test]
fn of_64_who_race_for_the_same_hour_exactly_one_wins() {
    let server = Server::start();
    let start = Barrier::new(RIDERS);
    let (from, to) = (hour(0), hour(1));
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..RIDERS)
            .map(|number| {
                let (server, start, from, to) = (&server, &start, &from, &to);
                scope.spawn(move || {
                    let mut rider = server.as_user(&format!("rider-{number:02}"));
                    start.wait();
                    rider.call("s.book", json!({"car": "amber", "start": from, "end": to}))
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert_eq!(refused.code, "conflict", "{}", refused.message);
    }
    let kept = server
        .as_user("mona")
        .call("s.bookings", json!({"car": "amber"}))
        .unwrap();
    assert_eq!(kept.as_array().unwrap().len(), 1, "{kept}");
}

#[test]
fn words_book_as_well_as_frames() {
    let server = Server::start();
    let mut anna = server.as_user("anna");
    let body = format!("s.book(amber, {}, end=\"{}\")", hour(0), hour(1));
    anna.send(&json!({"text": {"body": body, "id": 77}}));
    assert_eq!(anna.result(77).unwrap()["state"], "reserved");
    anna.send(&json!({"text": {"body": body}}));
    let said = anna.answer().unwrap();
    assert!(
        said["text"]["body"].as_str().unwrap().starts_with("conflict: "),
        "{said}"
    );
    anna.send(&json!({"text": {"body": "how do I get a car?"}}));
    assert_eq!(anna.answer().unwrap()["text"]["body"], "Received");
}
