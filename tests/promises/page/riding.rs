//! A rider books, opens, drives and returns a car from the page; two want the same car.

use serde_json::json;

use super::browser::{Browser, Tab};
use crate::harness::{FakeCar, Manner, PASSWORD, Server};

/// The instant so many minutes from now, as a field for an instant takes it.
fn local(tab: &Tab<'_>, minutes: i64) -> String {
    let text = format!(
        "((at) => new Date(at - new Date(at).getTimezoneOffset() * 60000).toISOString().slice(0, 16))(Date.now() + {minutes} * 60000)"
    );
    tab.now(&text).as_str().unwrap().to_owned()
}

fn choose(tab: &Tab<'_>, car: &str, from: i64, to: i64) {
    tab.go(&format!("#/cars/{car}"));
    tab.set("From", &local(tab, from));
    tab.set("To", &local(tab, to));
    tab.until("document.querySelector('.price-figure')");
}

#[test]
fn a_rider_books_opens_and_returns_a_car_and_sees_what_the_car_says() {
    let server = Server::start();
    let car = FakeCar::online(&server, "amber", Manner::Silent);
    let browser = Browser::start();
    let tab = browser.person();
    tab.sign_in(server.http(), "anna", PASSWORD);
    tab.go("#/cars");
    tab.press("amber…");
    tab.until("location.hash.startsWith('#/cars/')");
    choose(&tab, "1", 0, 60);
    tab.press("Book");
    tab.until("location.hash.startsWith('#/bookings/')");
    // A person presses once; the page says what was asked and that the car has not answered.
    tab.press("Unlock");
    let told = car.told_at_least(1);
    tab.shows("Waiting for the car");
    assert!(
        !tab.now("document.body.innerText")
            .as_str()
            .unwrap()
            .contains("The car is unlocked")
    );
    car.acknowledge(&told["id"]);
    tab.shows("The car is unlocked");
    tab.shows("Under way");
    tab.choose_file(concat!(env!("CARGO_MANIFEST_DIR"), "/target/pictures/obama.jpg"));
    tab.shows("280 kB · ");
    // A refusal of the car is told with its words, and the booking goes on.
    car.does(Manner::Refuse("unavailable", "the door is open"));
    tab.press("Lock");
    tab.shows("the door is open");
    tab.fill("Odometer, km", "12040");
    tab.fill("Fuel or charge, %", "64");
    tab.fill("Anything to add", "<b>clean</b>");
    tab.press("Give it back");
    tab.shows("Receipt");
    tab.shows("Finished");
    tab.until("!document.querySelector('b')");
    tab.is_well();
    let mut seen = server.as_user("mona");
    let bookings = seen.call("s.bookings", json!({"car": "amber"})).unwrap();
    assert_eq!(bookings[0]["state"], "finished", "{bookings}");
    assert_eq!(bookings[0]["returned"]["odometer_km"], 12040.0, "{bookings}");
    let number = bookings[0]["booking"].clone();
    let files = seen.call("s.files", json!({"booking": number})).unwrap();
    assert!(files.to_string().contains("obama.jpg"), "{files}");
}

#[test]
fn of_two_riders_who_want_one_car_one_has_it_and_the_other_is_told_when_it_is_free() {
    let server = Server::start();
    let browser = Browser::start();
    let (anna, bert) = (browser.person(), browser.person());
    for (tab, user) in [(&anna, "anna"), (&bert, "bert")] {
        tab.sign_in(server.http(), user, PASSWORD);
        choose(tab, "1", 120, 180);
        // Nothing comes in between that would show the other's booking before the press.
        tab.until("control('Book')");
    }
    for tab in [&anna, &bert] {
        tab.now("(setTimeout(() => control('Book').click(), 300), null)");
    }
    let is_booked = "location.hash.startsWith('#/bookings/')";
    let is_refused = "document.body.innerText.includes('Somebody has the car')";
    for tab in [&anna, &bert] {
        tab.until(&format!("{is_booked} || {is_refused}"));
    }
    let booked = [&anna, &bert].map(|tab| tab.now(is_booked) == json!(true));
    assert!(booked[0] != booked[1], "{booked:?}");
    let bookings = server
        .as_user("mona")
        .call("s.bookings", json!({"car": "amber"}))
        .unwrap();
    assert_eq!(bookings.as_array().unwrap().len(), 1, "{bookings}");
    // The other takes what is offered instead.
    let late = if booked[0] { &bert } else { &anna };
    late.press("Choose…");
    late.until("document.querySelector('.price-figure')");
    late.press("Book");
    late.until(is_booked);
    anna.is_well();
    bert.is_well();
}
