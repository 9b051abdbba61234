//! Use of the fleet for those who manage it: counted by car, by day, by weekday, with what it brought in.

use serde_json::{Value, json};

use crate::harness::{FakeCar, Manner, Raw, Server, in_minutes, instant};
use crate::rest::rest;

/// One rental from its booking to its return, half an hour long as booked.
fn ride(rider: &mut Raw, car: &str) -> Value {
    let times = json!({"car": car, "start": in_minutes(-1), "end": in_minutes(29)});
    let booked = rider.call("s.book", times).unwrap();
    let booking = json!({"booking": booked["booking"]});
    rider.call("s.unlock", booking).unwrap();
    let back = json!({"booking": booked["booking"], "latitude": 52.5, "longitude": 13.4});
    rider.call("s.return", back).unwrap();
    booked
}

fn week() -> Value {
    json!({"since": in_minutes(-3 * 1_440), "until": in_minutes(3 * 1_440)})
}

#[test]
fn what_was_driven_is_counted_by_car_day_and_weekday_with_its_income() {
    let server = Server::start();
    let _units = ["amber", "birch"].map(|car| FakeCar::online(&server, car, Manner::Done));
    let (mut anna, mut bert, mut mona) = (server.as_user("anna"), server.as_user("bert"), server.as_user("mona"));
    let first = ride(&mut anna, "amber");
    ride(&mut anna, "amber");
    // Out, so it counts, and has cost nothing yet.
    let out = json!({"car": "birch", "start": in_minutes(-1), "end": in_minutes(59)});
    let out = bert.call("s.book", out).unwrap();
    bert.call("s.unlock", json!({"booking": out["booking"]})).unwrap();
    // Given up, or not come for yet: it was not used.
    let later = json!({"car": "cedar", "start": in_minutes(60), "end": in_minutes(120)});
    let given_up = bert.call("s.book", later.clone()).unwrap();
    bert.call("s.cancel", json!({"booking": given_up["booking"]})).unwrap();
    bert.call("s.book", later).unwrap();

    let usage = mona.call("s.usage", week()).unwrap();
    let cars = usage["cars"].as_array().unwrap().iter();
    let told: Vec<(&str, u64, &str, &str)> = cars
        .map(|car| {
            let text = |name: &str| car[name].as_str().unwrap();
            assert!(car["hours"].as_f64().unwrap() < 1.0, "{car}");
            (
                text("car"),
                car["bookings"].as_u64().unwrap(),
                text("income"),
                text("currency"),
            )
        })
        .collect();
    assert_eq!(told, [("amber", 2, "13.00", "EUR"), ("birch", 1, "0.00", "EUR")]);
    assert_eq!(usage["income"], json!([{"currency": "EUR", "amount": "13.00"}]));
    let day = instant(&first["start"]).to_string()[..10].to_owned();
    let days = usage["days"].as_array().unwrap();
    assert!((6..=7).contains(&days.len()), "{usage}");
    // Another day may begin between two rides.
    let sum = |name: &str| days.iter().map(|one| one[name].as_u64().unwrap()).sum::<u64>();
    assert!(sum("bookings") == 3 && sum("people") >= 2, "{usage}");
    assert!(
        days.iter()
            .any(|one| one["day"] == day && one["bookings"].as_u64().unwrap() > 0),
        "{usage}"
    );
    let weekdays = usage["weekdays"].as_array().unwrap();
    assert_eq!((weekdays.len(), &weekdays[0]["weekday"]), (7, &json!("monday")));
    let busiest = weekdays.iter().max_by_key(|one| one["bookings"].as_u64()).unwrap();
    assert!(
        weekdays
            .iter()
            .any(|one| one["weekday"] == usage["busiest_weekday"] && one["bookings"] == busiest["bookings"])
    );

    let mut before = week();
    before["until"] = json!(in_minutes(-1_440));
    let quiet = mona.call("s.usage", before).unwrap();
    assert_eq!(
        (&quiet["cars"], &quiet["income"], quiet.get("busiest_weekday")),
        (&json!([]), &json!([]), None)
    );
}

#[test]
fn use_is_for_managers_and_a_year_at_most() {
    let server = Server::start();
    let (mut anna, mut mona) = (server.as_user("anna"), server.as_user("mona"));
    assert_eq!(anna.code_of("s.usage", week()), "forbidden");
    let mut sheet = week();
    sheet["sheet"] = json!("cars");
    assert_eq!(anna.code_of("s.exportusage", sheet), "forbidden");
    let asked = |since: &str, until: &str| json!({"since": since, "until": until});
    let year = mona
        .call("s.usage", asked("2026-01-01T00:00:00Z", "2027-01-02T00:00:00Z"))
        .unwrap();
    assert_eq!(year["days"].as_array().unwrap().len(), 366);
    for (since, until) in [
        ("2026-01-01T00:00:00Z", "2027-01-03T00:00:00Z"),
        ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2026-01-01", "2026-02-01"),
    ] {
        assert_eq!(
            mona.code_of("s.usage", asked(since, until)),
            "bad_arguments",
            "{since} {until}"
        );
    }
    let mut zoned = asked("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
    zoned["zone"] = json!("Europe/Berlin");
    let day = mona.call("s.usage", zoned.clone()).unwrap();
    assert_eq!(day["days"], json!([{"day": "2026-03-29", "people": 0, "bookings": 0}]));
    for zone in ["Mars/Olympus", "", "../../etc/passwd", &"x".repeat(300)] {
        zoned["zone"] = json!(zone);
        assert_eq!(mona.code_of("s.usage", zoned.clone()), "bad_arguments", "{zone}");
    }
}

#[test]
fn use_is_read_as_sheets_over_http() {
    let server = Server::start();
    let _unit = FakeCar::online(&server, "amber", Manner::Done);
    let mut rider = server.as_user("anna");
    ride(&mut rider, "amber");
    let (mut anna, mut mona) = (rest(&server, "anna"), rest(&server, "mona"));
    let query = format!("since={}&until={}", in_minutes(-1_440), in_minutes(1_440));
    assert_eq!(anna.get(&format!("/api/v1/usage?{query}")).code(), "forbidden");
    assert_eq!(anna.get(&format!("/api/v1/usage/cars.csv?{query}")).code(), "forbidden");
    let usage = mona.get(&format!("/api/v1/usage?{query}")).json();
    let cars = mona.get(&format!("/api/v1/usage/cars.csv?{query}"));
    let named = Some("attachment; filename=\"usage-cars.csv\"");
    assert_eq!(
        (cars.status, cars.header("content-disposition")),
        (200, named),
        "{cars:?}"
    );
    let row = &usage["cars"][0];
    let hours = row["hours"].as_f64().unwrap();
    let wanted = format!("amber,{},1,{hours:.2},6.50,EUR\r\n", row["car_id"]);
    assert_eq!(
        cars.body,
        format!("car,car_id,bookings,hours,income,currency\r\n{wanted}")
    );
    let days = mona.get(&format!("/api/v1/usage/days.csv?{query}"));
    let lines: Vec<&str> = days.body.lines().collect();
    assert_eq!(lines[0], "day,people,bookings");
    assert_eq!(lines.len() - 1, usage["days"].as_array().unwrap().len());
    assert!(lines.iter().any(|line| line.ends_with(",1,1")), "{days:?}");
    assert_eq!(
        mona.get("/api/v1/usage/cars.csv?since=a&until=b").code(),
        "bad_arguments"
    );
}
