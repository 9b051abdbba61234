//! The calendar: a time line that shows as taken what cannot be booked, and nobody's booking to others.

use serde_json::{Value, json};

use crate::harness::{Raw, Server, hour, instant};
use crate::rest::rest;

fn book(raw: &mut Raw, car: &str, start: i64, end: i64) -> Value {
    let args = json!({"car": car, "start": hour(start), "end": hour(end)});
    raw.call("s.book", args).unwrap()["booking"].clone()
}

/// What is taken of `amber` between two hours, as a caller sees it: hours of the start and the end, and the rest.
fn taken(raw: &mut Raw, from: i64, to: i64) -> Vec<(i64, i64, Value)> {
    let args = json!({"start": hour(from), "end": hour(to), "car": "amber"});
    let calendar = raw.call("s.calendar", args).unwrap();
    assert_eq!(calendar.as_array().unwrap().len(), 1, "{calendar}");
    let first = instant(&json!(hour(0)));
    let hours = |text: &Value| (instant(text).as_second() - first.as_second()) / 3_600;
    let stretches = calendar[0]["taken"].as_array().unwrap().iter();
    let plain = stretches.map(|one| {
        let mut rest = one.clone();
        let fields = rest.as_object_mut().unwrap();
        let (start, end) = (fields.remove("start").unwrap(), fields.remove("end").unwrap());
        (hours(&start), hours(&end), rest)
    });
    plain.collect()
}

#[test]
fn a_rider_sees_their_own_bookings_and_of_others_that_the_time_is_taken() {
    let server = Server::start();
    let (mut anna, mut bert, mut mona) = (server.as_user("anna"), server.as_user("bert"), server.as_user("mona"));
    let own = book(&mut anna, "amber", 0, 2);
    let (second, third) = (book(&mut bert, "amber", 2, 3), book(&mut bert, "amber", 3, 4));
    assert_eq!(
        taken(&mut anna, 0, 24),
        [
            (0, 2, json!({"booking": own, "state": "reserved", "mine": true})),
            (2, 4, json!({}))
        ]
    );
    let of = |booking: &Value, user: &str| json!({"booking": booking, "user": user, "state": "reserved"});
    assert_eq!(
        taken(&mut mona, 0, 24),
        [
            (0, 2, of(&own, "anna")),
            (2, 3, of(&second, "bert")),
            (3, 4, of(&third, "bert"))
        ]
    );
    assert_eq!(
        taken(&mut server.guest(), 1, 24),
        [(1, 4, json!({}))],
        "cut to what was asked for"
    );
    assert_eq!(taken(&mut anna, 4, 24), []);
    anna.call("s.cancel", json!({"booking": own})).unwrap();
    assert_eq!(taken(&mut anna, 0, 24), [(2, 4, json!({}))]);
}

#[test]
fn what_is_taken_is_refused_and_what_is_not_can_be_booked_with_a_buffer_too() {
    let server = Server::with(&[("MOTORPOOL_BOOKING__BUFFER_MINUTES", "60")]);
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    let own = book(&mut anna, "amber", 4, 6);
    let mine = json!({"booking": own, "state": "reserved", "mine": true});
    assert_eq!(
        taken(&mut anna, 0, 24),
        [(3, 4, json!({})), (4, 6, mine), (6, 7, json!({}))]
    );
    assert_eq!(taken(&mut bert, 0, 24), [(3, 7, json!({}))]);
    let wish = |start, end| json!({"car": "amber", "start": hour(start), "end": hour(end)});
    for (start, end) in [(3, 4), (2, 4), (6, 7), (4, 5)] {
        assert_eq!(bert.code_of("s.book", wish(start, end)), "conflict", "{start} to {end}");
    }
    bert.call("s.book", wish(2, 3)).unwrap();
    bert.call("s.book", wish(7, 8)).unwrap();
}

#[test]
fn a_car_that_cannot_be_booked_is_taken_all_the_time() {
    let server = Server::start();
    let mut anna = server.as_user("anna");
    anna.call("s.reportcar", json!({"car": "amber", "fault": "noise"}))
        .unwrap();
    assert_eq!(taken(&mut anna, 0, 24), [(0, 24, json!({}))]);
    let all = anna
        .call("s.calendar", json!({"start": hour(0), "end": hour(1)}))
        .unwrap();
    let cars = all.as_array().unwrap().iter();
    let told: Vec<(&str, &str, usize)> = cars
        .map(|car| {
            let word = |name: &str| car[name].as_str().unwrap();
            (word("car"), word("condition"), car["taken"].as_array().unwrap().len())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("amber", "reported", 1),
            ("birch", "usable", 0),
            ("cedar", "usable", 0),
            ("delta", "usable", 0)
        ]
    );
}

#[test]
fn a_calendar_is_bounded_and_goes_on_page_by_page() {
    let server = Server::start();
    let mut anna = rest(&server, "anna");
    let path = |start: &str, end: &str, more: &str| format!("/api/v1/calendar?start={start}&end={end}{more}");
    let month = anna.get(&path(&hour(0), &hour(31 * 24), ""));
    assert_eq!(month.status, 200, "{month:?}");
    let rows = month.json();
    let last = rows[3]["car_id"].clone();
    assert!(
        month.header("link").unwrap().contains(&format!("after={last}")),
        "{month:?}"
    );
    let next = anna.get(&path(&hour(0), &hour(1), &format!("&after={}", rows[2]["car_id"])));
    assert_eq!(next.json()[0]["car"], "delta");
    let past = anna.get(&path(&hour(0), &hour(1), &format!("&after={last}")));
    assert_eq!((past.json(), past.header("link")), (json!([]), None));
    for (start, end, more, code) in [
        (hour(0), hour(32 * 24), "", "bad_arguments"),
        (hour(1), hour(1), "", "bad_arguments"),
        (hour(1), hour(0), "", "bad_arguments"),
        ("today".to_owned(), hour(0), "", "bad_arguments"),
        (hour(0), hour(1), "&car=zebra", "not_found"),
    ] {
        assert_eq!(anna.get(&path(&start, &end, more)).code(), code, "{start} {end}{more}");
    }
}
